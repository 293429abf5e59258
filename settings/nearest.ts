/** What a misspelt key was probably meant to be: what it begins, else what differs in the fewest characters. */
export function nearest(key: string, candidates: readonly string[]): string {
  const begun = candidates.find((candidate) => candidate.toLowerCase().startsWith(key.toLowerCase()));
  if (begun !== undefined) return begun;
  const distances = candidates.map((candidate) => editDistance(key.toLowerCase(), candidate.toLowerCase()));
  return candidates[distances.indexOf(Math.min(...distances))] ?? '';
}

/** Levenshtein distance: how many characters to insert, delete or replace to make `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, left] of [...a].entries()) {
    const current = [row + 1];
    for (const [column, right] of [...b].entries()) {
      const replaced = (previous[column] ?? 0) + (left === right ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}

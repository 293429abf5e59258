import type { PolicyException } from '../facts/notes.ts';

/** Whether an exception still holds: its last day is over when that day has ended everywhere on earth. */
export function isCurrent({ until }: PolicyException, now: Date): boolean {
  const hoursBehindUtc = 12;
  return now.getTime() < Date.parse(`${until}T00:00:00Z`) + (24 + hoursBehindUtc) * 60 * 60 * 1000;
}

/** The exception from a policy that reaches a path: the one that is declared nearest to it. */
export function exceptionFor(
  exceptions: readonly PolicyException[],
  path: string,
  policy: string,
): PolicyException | undefined {
  return exceptions
    .filter((exception) => exception.policy === policy && holds(exception.path, path))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

function holds(outer: string, inner: string): boolean {
  return outer === '' || inner === outer || inner.startsWith(`${outer}/`);
}

import type { Spread } from './report.ts';

/** Several figures of one run, each in a unit of its own. */
export type Figures<Name extends string> = Readonly<Record<Name, number>>;

/**
 * Measures several things in turn, round by round, so that a change of the machine's load does not fall on one of
 * them. A first round is not counted.
 *
 * @param rounds how many are counted
 * @param measurements each gives one figure a call
 */
export async function alternate(
  rounds: number,
  measurements: Readonly<Record<string, () => Promise<number>>>,
): Promise<Spread[]> {
  const named = Object.entries(measurements).map(
    ([name, measure]) => [name, async () => ({ figure: await measure() })] as const,
  );
  return (await alternateFigures(rounds, Object.fromEntries(named))).figure ?? [];
}

/**
 * The same for measurements that give several figures a call.
 *
 * @returns for each figure the spreads of all measurements, in their order
 */
export async function alternateFigures<Name extends string>(
  rounds: number,
  measurements: Readonly<Record<string, () => Promise<Figures<Name>>>>,
): Promise<Readonly<Record<Name, Spread[]>>> {
  const runs = new Map(Object.keys(measurements).map((name) => [name, [] as Figures<Name>[]]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, measure] of Object.entries(measurements)) {
      const figures = await measure();
      if (round >= 0) runs.get(name)?.push(figures);
    }
    showProgress(round + 1, rounds);
  }
  const [first = []] = runs.values();
  const names = Object.keys(first[0] ?? {}) as Name[];
  const spreads = names.map((figure) => [
    figure,
    [...runs].map(([name, figures]) =>
      spreadOf(
        name,
        figures.map((of) => of[figure]),
      ),
    ),
  ]);
  return Object.fromEntries(spreads) as Record<Name, Spread[]>;
}

function showProgress(round: number, rounds: number): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\rround ${round} of ${rounds}${round < rounds ? '' : '\n'}`);
}

/** What figures of one thing have in common. */
export function spreadOf(name: string, figures: readonly number[]): Spread {
  return { name, median: median(figures), least: Math.min(...figures), most: Math.max(...figures) };
}

/** A figure that is the same at every measurement, such as a size or a count. */
export function exactly(name: string, figure: number): Spread {
  return { name, median: figure, least: figure, most: figure };
}

/** The median of the spread with a name; not a number where there is none, so that no target is met by it. */
export function medianOf(spreads: readonly Spread[], name: string): number {
  return spreads.find((spread) => spread.name === name)?.median ?? Number.NaN;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

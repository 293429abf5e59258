import { cpus } from 'node:os';

/** What one measurement gave, in the unit of its figures. */
export interface Spread {
  readonly name: string;
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

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
  const figures = new Map(Object.keys(measurements).map((name) => [name, [] as number[]]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, measure] of Object.entries(measurements)) {
      const figure = await measure();
      if (round >= 0) figures.get(name)?.push(figure);
    }
  }
  return [...figures].map(([name, values]) => ({
    name,
    median: median(values),
    least: Math.min(...values),
    most: Math.max(...values),
  }));
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Prints the spreads as a table, each with its ratio to the first, under a title and the machine. */
export function print(title: string, unit: string, spreads: readonly Spread[]): void {
  const [first] = spreads;
  console.log(`${title}, ${unit}`);
  console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}\n`);
  console.table(
    spreads.map(({ name, median, least, most }) => ({
      name,
      median: round(median),
      least: round(least),
      most: round(most),
      'to the first': round(median / (first?.median ?? Number.NaN)),
    })),
  );
}

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../process.ts';
import type { Report } from '../report.ts';
import type { Surroundings } from './surroundings.ts';

/** A report, and where it was measured. */
export interface Result extends Surroundings {
  /** Of the measurement, as in bench/NAME.ts. */
  readonly name: string;
  readonly report: Report;
}

const FOLDER = join(ROOT, '.local', 'bench');

/** Keeps the result in the place of an earlier one, in .local/bench/NAME.json. */
export function keepResult(result: Result): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${result.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

/** The newest result of each measurement that was ever made in this checkout, in the order of the names. */
export function keptResults(names: readonly string[]): Result[] {
  mkdirSync(FOLDER, { recursive: true });
  const kept = readdirSync(FOLDER);
  return names
    .filter((name) => kept.includes(`${name}.json`))
    .map((name) => JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Result);
}

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './support/process.ts';
import { reportText, targetsTable } from './support/report/markdown.ts';
import { writePage } from './support/report/page.ts';
import { keepResult, keptResults, type Result } from './support/report/results.ts';
import { surroundings } from './support/report/surroundings.ts';
import type { Measure } from './support/report.ts';

/**
 * `npm run bench -- NAME` makes the measurement bench/NAME.ts and prints its report; `all` makes every one, prints all
 * reports and writes docs/benchmarks.md; `docs` writes the page from the newest result of each, kept in .local/bench.
 * Options: `--seconds N` for how long, where that can be chosen (soak), `--json` for JSON. Not part of `npm test`: what
 * is measured depends on the machine.
 *
 * Exit codes: 0 measured, whether the targets were met or not; 1 a measurement failed; 2 wrong arguments.
 */
const SOAK_SECONDS_OF_ALL = 60;

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { json: { type: 'boolean' }, seconds: { type: 'string' } },
});
const [name = ''] = positionals;
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);

if (seconds !== undefined && !(seconds > 0)) {
  refuse(`Got ${JSON.stringify(values.seconds)} for --seconds. Allowed: a number above 0`);
} else if (name === 'all') {
  const failed = names.filter((each) => !runApart(each));
  show(keptResults(names));
  writePage(join(ROOT, 'docs'), keptResults(names));
  if (failed.length > 0) {
    console.error(`Failed, and shown as last measured, if ever: ${failed.join(', ')}`);
    process.exitCode = 1;
  }
} else if (name === 'docs') {
  writePage(join(ROOT, 'docs'), keptResults(names));
} else if (names.includes(name)) {
  show([await run(name)]);
} else {
  refuse(`Got ${JSON.stringify(name)}. Allowed: npm run bench -- ${['all', 'docs', ...names].join(' | ')}`);
}

async function run(measured: string): Promise<Result> {
  const { measure } = (await import(new URL(`${measured}.ts`, import.meta.url).href)) as { measure: Measure };
  const result = { name: measured, ...surroundings(), report: await measure({ seconds }) };
  keepResult(result);
  return result;
}

/** In a process of its own: neither a crash nor a heap is left to the next. @returns whether it went well */
function runApart(measured: string): boolean {
  console.error(`bench: ${measured}`);
  const length = seconds ?? (measured === 'soak' ? SOAK_SECONDS_OF_ALL : undefined);
  const args = [import.meta.filename, measured, ...(length === undefined ? [] : [`--seconds=${length}`])];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  return status === 0;
}

function show(results: readonly Result[]): void {
  if (values.json) {
    console.log(JSON.stringify(results, null, 2));
    return;
  }
  const [newest] = results;
  if (newest) console.log(`${newest.machine}\n${newest.versions}\n`);
  for (const result of results) console.log(`${reportText(result)}\n`);
  if (results.length > 1) console.log(targetsTable(results));
}

function refuse(message: string): void {
  console.error(message);
  process.exitCode = 2;
}

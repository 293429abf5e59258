import { once } from 'node:events';
import { join } from 'node:path';
import { withFolder } from '../support/folder.ts';
import { alternate, medianOf } from '../support/measure.ts';
import { duration, output, start } from '../support/process.ts';
import type { BarPlot, Table, Target } from '../support/report.ts';
import type { StartTimes } from './start-once.ts';

const ROUNDS = 15;

const LISTENS = 'startLocalCloud() until it listens';
const ALONE = ['bench/cloud/server.ts'];

/** How long a local cloud takes to start: in a process that has loaded it, in one that has not, and as a program. */
export async function measureStarts() {
  const rows = await withFolder((folder) => {
    const cache = { NODE_COMPILE_CACHE: join(folder, 'compile-cache') };
    return alternate(ROUNDS, {
      'node --eval 0': () => duration(['--eval', '0']),
      [LISTENS]: async () => (await startOnce()).start,
      'a process of the cloud alone until it answers': () => untilItAnswers(ALONE),
      'the same, compile cache': () => untilItAnswers(ALONE, cache),
      'npm run cloud, its process until it answers': () => untilItAnswers(program(folder)),
      'npm run cloud, compile cache': () => untilItAnswers(program(folder), cache),
    });
  });
  const table: Table = { caption: 'Start of the local cloud', unit: 'ms', rows };
  const plot: BarPlot = { kind: 'bars', title: 'Start of the local cloud', unit: 'ms', bars: rows };
  const target: Target = {
    text: `start of the local cloud: ${LISTENS}`,
    bound: 'at most',
    allowed: 100,
    measured: medianOf(rows, LISTENS),
    unit: 'ms',
  };
  return { table, plot, target };
}

async function startOnce(): Promise<StartTimes> {
  const child = start(['bench/cloud/start-once.ts']);
  const [line] = await output(child, /\{.*\}/);
  if (child.exitCode === null) await once(child, 'close');
  return JSON.parse(line) as StartTimes;
}

function program(folder: string): readonly string[] {
  const state = join(folder, 'state');
  return ['cli/bin.js', 'local', 'cloud', '--port', '0', '--data', state, '--project', 'bench-project'];
}

/** From the start of the process until it has answered a request. */
async function untilItAnswers(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<number> {
  const begin = performance.now();
  const child = start(args, environment);
  const [url] = await output(child, /http:\/\/127\.0\.0\.1:\d+/);
  const { ok } = await fetch(`${url}/local/v1`);
  const milliseconds = performance.now() - begin;
  child.kill('SIGINT');
  await once(child, 'close');
  if (!ok) throw new Error(`${url} did not answer.`);
  return milliseconds;
}

import { npm, runStart, WHOLE } from './start/run-start.ts';
import { alternate, alternateFigures, medianOf } from './support/measure.ts';
import { duration } from './support/process.ts';
import type { Measure, Spread } from './support/report.ts';

const ROUNDS = 9;

/** From the start of the process to the page at the address that `npm start` prints, step by step. */
export const measure: Measure = async () => {
  const figures = await alternateFigures(ROUNDS, { start: runStart });
  const steps = Object.entries(figures).map(([name, [spread]]) => ({ ...(spread as Spread), name }));
  const help = await alternate(ROUNDS, {
    'cloud-run-identity --help': () => duration(['cli/bin.js', '--help']),
    'node --eval 0': () => duration(['--eval', '0']),
  });
  return {
    title: 'npm start',
    what: `From the start of the process to the page, read at the address that it prints, ${ROUNDS} rounds; the steps are those that it shows. \`--help\` beside Node alone, in turn.`,
    tables: [
      { caption: 'npm start and its steps', unit: 'ms', rows: steps },
      { caption: 'The command line alone', unit: 'ms', rows: help },
    ],
    targets: [{ text: WHOLE, bound: 'at most', allowed: 3000, measured: medianOf(steps, WHOLE), unit: 'ms' }],
    plots: [{ kind: 'bars', title: 'npm start and its steps', unit: 'ms', bars: steps }],
    notes: [
      npm ? 'npm itself is in it.' : 'Measured without npm, which is not in it: `npm run bench` has it.',
      'The first step is two things at once: the first synthesis, in a process of its own, and the loading of Google’s clients.',
    ],
  };
};

import { withFolder } from './support/folder.ts';
import { alternate, exactly, medianOf } from './support/measure.ts';
import { duration } from './support/process.ts';
import type { Measure, Report, Spread, Target } from './support/report.ts';
import { runApp, runCdktfSynth } from './synth/app.ts';
import { slope } from './synth/slope.ts';

const ROUNDS = 9;
const ROUNDS_OF_SIZES = 5;
const SIZES = [1, 10, 25, 50, 100, 150, 200];
const MIDDLE = 100;

const APP = 'our process: the command of cdktf.json';
const FIRST_RUN = 'the same, first run in a fresh checkout';
const WHOLE = 'cdktf synth, whole';
const NO_CACHE = 'the same without compile cache';

/** From the start of our process to its end: both stacks and the review written. */
export const measure: Measure = async () => {
  const one = await alternate(ROUNDS, {
    [APP]: () => runApp(),
    [FIRST_RUN]: () => withFolder((folder) => runApp(1, { NODE_COMPILE_CACHE: folder })),
    [NO_CACHE]: () => runApp(1, { NODE_DISABLE_COMPILE_CACHE: '1' }),
    "import 'cdktf' alone, with compile cache": () => duration(['--import', './runtime.js', ...IMPORT]),
    "import 'cdktf' alone": () => duration(IMPORT),
    'node --eval 0': () => duration(['--eval', '0']),
    [WHOLE]: runCdktfSynth,
  });
  const many = await alternate(
    ROUNDS_OF_SIZES,
    Object.fromEntries(SIZES.map((size) => [String(size), () => runApp(size)])),
  );
  return reportOf(one, many);
};

const IMPORT = ['--input-type=module', '--eval', "import 'cdktf'"];

function reportOf(one: readonly Spread[], many: readonly Spread[]): Report {
  const points = SIZES.map((x, index) => ({ x, ...(many[index] as Spread) }));
  const few = furtherService(1, MIDDLE, points);
  const more = furtherService(MIDDLE, 200, points);
  return {
    title: 'Synthesis',
    what: `One run of the app as cdktf-cli starts it: from the start of the process to its end, stacks and review written, ${ROUNDS} alternating rounds (${ROUNDS_OF_SIZES} for the sizes). The default app has one service; more are a list in the context.`,
    tables: [
      { caption: 'The default app', unit: 'ms', rows: one },
      { caption: 'Services in one app', unit: 'ms', rows: many },
      {
        caption: 'Each further service, by least squares through the least of each size',
        unit: 'ms',
        rows: [exactly(`from 1 to ${MIDDLE}`, few), exactly(`from ${MIDDLE} to 200`, more)],
      },
    ],
    targets: [
      target('our own process for the default app, review included', 300, medianOf(one, APP), 'ms'),
      target('200 services', 5000, medianOf(many, '200'), 'ms'),
      target(`a further service above ${MIDDLE} against one below`, 1.3, more / few, 'times'),
    ],
    plots: [
      {
        kind: 'lines',
        title: 'Synthesis by number of services',
        x: 'services',
        y: 'ms',
        lines: [{ name: 'our process', points }],
      },
    ],
    notes: NOTES,
  };
}

type SizedSpread = Spread & { readonly x: number };

/** By the least of the rounds: what else the machine does only adds. */
function furtherService(from: number, to: number, points: readonly SizedSpread[]): number {
  const within = points.filter(({ x }) => x >= from && x <= to);
  return slope(within.map(({ x, least }) => ({ x, y: least })));
}

function target(text: string, allowed: number, measured: number, unit: string): Target {
  return { text, bound: 'at most', allowed, measured, unit };
}

/** By CPU profiles of one service and of 200. */
const NOTES = [
  "Where 255 ms go: Node 25, loading cdktf 90 (a third of it archiver, for ZIP assets, which cdktf loads always), 22 files of the providers 45 (4 MB), our own files 10, building the stacks 12, the CDK's synthesis 20, the review 30; the rest is the end of the process.",
  'Without a cache, reading TypeScript is 110 ms more (the parser alone 37), compiling cdktf 30 ms.',
  'The first run in a checkout also writes the cache: 590 files, on the machine of these figures 0.7 ms to make each. Where each run is a first one, `NODE_DISABLE_COMPILE_CACHE=1` saves that.',
  "What helped: the compile cache, a third of the whole; asking the CDK for each stack's JSON once instead of twice for the review, 10 % at 200 services.",
  'What did not: importing parts of cdktf (the providers require all of it); a larger young generation, `--max-lazy`, `--single-threaded-gc` (nothing). `--no-experimental-detect-module` saves 20 ms and a `require` of the providers 14, at the price of a flag of an experiment and of imports that no reader expects: not taken.',
  'Between about 85 and 105 services a run takes a quarter of a second longer than at 115, each time. It is not the garbage collector, the compile cache or the length of the environment; the cause was not found.',
  "At 200 services two thirds are the CDK's: it resolves every token of every stack three times, and takes a stack trace for each token, a fifth of the whole, which nothing switches off.",
];

import path from 'node:path';
import { sampleConfig } from '../__tests__/support/scene.ts';
import { readEnvironment } from '../service/environment.ts';
import { withFolder } from './support/folder.ts';
import { alternateFigures, medianOf, spreadOf } from './support/measure.ts';
import type { Measure, Report, Spread } from './support/report.ts';
import { makeImageFiles } from './support/server/image-files.ts';
import { type BenchScene, startBenchScene } from './support/server/scene.ts';
import { type Server, startServer } from './support/server/server.ts';

// Both kinds of reload in all rounds stay below the 60 a minute that the service allows.
const ROUNDS = 15;
const STARTS = 3;
const AUDIENCE = 'https://bench.example.com';
const SECONDS_A_DAY = 24 * 60 * 60;

const FIRST = 'first load';
const UNCHANGED = 'reload, unchanged';
const CHANGED = 'reload, changed';

/** What a load and a reload ask of Google, and how long a reload takes. */
export const measure: Measure = () =>
  withFolder(async (folder) => {
    const bench = await startBenchScene();
    try {
      const image = await makeImageFiles(path.join(folder, 'image'));
      const server: Server = {
        command: image.command,
        environment: {
          ...bench.environment,
          ...image.environment,
          RELOAD_OPERATORS: bench.cloud.owner.replace('user:', ''),
          TOKEN_AUDIENCE: AUDIENCE,
        },
        shows: bench.shows,
      };
      return reportOf(await firstLoads(bench, server), await reloads(bench, server), defaultInterval(bench));
    } finally {
      await bench.close();
    }
  });

interface Calls {
  readonly storage: number;
  readonly kms: number;
}

async function callsOf(bench: BenchScene, action: () => Promise<unknown>): Promise<Calls> {
  const before = bench.calls();
  await action();
  const after = bench.calls();
  return { storage: after.storage - before.storage, kms: after.kms - before.kms };
}

async function firstLoads(bench: BenchScene, server: Server): Promise<Calls[]> {
  const counted: Calls[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    counted.push(await callsOf(bench, async () => (await startServer(server)).stop()));
  }
  return counted;
}

/** Asks a running service for reloads, as an operator does. */
async function reloads(bench: BenchScene, server: Server) {
  const { url, stop } = await startServer(server);
  const token = await bench.cloud.identityTokenFor(bench.cloud.owner, AUDIENCE);
  const reload = async (expected: string) => {
    let milliseconds = 0;
    const calls = await callsOf(bench, async () => {
      const begin = performance.now();
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(new URL('/secret/reload', url), { method: 'POST', headers });
      const { result } = (await answer.json()) as { result: string };
      milliseconds = performance.now() - begin;
      if (result !== expected) throw new Error(`A reload was to be ${expected}, and was ${result}.`);
    });
    return { ...calls, milliseconds };
  };
  try {
    return await alternateFigures<keyof Calls | 'milliseconds'>(ROUNDS, {
      [UNCHANGED]: () => reload('unchanged'),
      [CHANGED]: async () => {
        // Encrypted anew: the same bytes again are not a change, and the service notices that by asking once more.
        await bench.scene.put(await bench.scene.encrypt(sampleConfig));
        return reload('changed');
      },
    });
  } finally {
    await stop();
  }
}

function defaultInterval({ environment }: BenchScene): number {
  return readEnvironment(environment).reloadSeconds;
}

type Reloads = Awaited<ReturnType<typeof reloads>>;

function reportOf(first: readonly Calls[], measured: Reloads, intervalSeconds: number): Report {
  const kms = [
    spreadOf(
      FIRST,
      first.map((calls) => calls.kms),
    ),
    ...measured.kms,
  ];
  const storage = [
    spreadOf(
      FIRST,
      first.map((calls) => calls.storage),
    ),
    ...measured.storage,
  ];
  const looks = SECONDS_A_DAY / intervalSeconds;
  const aDay = (spreads: readonly Spread[]) => looks * medianOf(spreads, UNCHANGED);
  return {
    title: 'Reload',
    what:
      'What the service asks of Google, counted by the local cloud, and how long a reload takes that an operator asks ' +
      `for by POST /secret/reload, his token checked. ${ROUNDS} alternating rounds, and ${STARTS} starts.`,
    tables: [
      { caption: 'To Storage', unit: 'calls', rows: storage },
      { caption: 'To KMS', unit: 'calls', rows: kms },
      { caption: 'Duration of a reload', unit: 'ms', rows: measured.milliseconds },
    ],
    targets: [
      most('calls to Storage of a reload, unchanged', 1, medianOf(storage, UNCHANGED)),
      most('calls to KMS of a reload, unchanged', 0, medianOf(kms, UNCHANGED)),
      most('calls of a reload, changed', 2, medianOf(storage, CHANGED) + medianOf(kms, CHANGED)),
      most('calls to KMS for each change', 1, medianOf(kms, CHANGED)),
      most(
        `calls to KMS of an instance a day without changes, a look each ${intervalSeconds} s`,
        0,
        aDay(kms),
      ),
    ],
    plots: [{ kind: 'bars', title: 'Duration of a reload', unit: 'ms', bars: measured.milliseconds }],
    notes: [
      `At the default interval an instance looks ${looks} times a day: ${aDay(storage)} calls to Storage, ` +
        `${aDay(kms)} to KMS, and with each change ${medianOf(kms, CHANGED)} to KMS.`,
      'The first load is part of the cold start, which has a measurement of its own.',
    ],
  };
}

function most(text: string, allowed: number, measured: number) {
  return { text, bound: 'at most', allowed, measured, unit: 'calls' } as const;
}

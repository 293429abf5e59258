import path from 'node:path';
import { FASTIFY, LIMIT, REFERENCE, type Running, SERVICE, startContenders } from './serving/contenders.ts';
import { measureReloads } from './serving/reloads.ts';
import { withFolder } from './support/folder.ts';
import { type Load, load } from './support/load/load.ts';
import { alternateFigures, medianOf } from './support/measure.ts';
import type { Measure, Report, Table } from './support/report.ts';
import { makeImageFiles } from './support/server/image-files.ts';
import { type BenchScene, startBenchScene } from './support/server/scene.ts';

const ROUNDS = 7;
const SECONDS = 3;
const MANY = 10;

/** Requests of the page with the config in memory, one at a time and ten at a time, and while the config changes. */
export const measure: Measure = () =>
  withFolder(async (folder) => {
    const bench = await startBenchScene();
    try {
      const image = await makeImageFiles(path.join(folder, 'image'));
      const { running, service, missing } = await startContenders(bench, image, folder);
      const many = await measureLoad(running, MANY);
      const one = await measureLoad(running, 1);
      const calls = await callsDuringLoad(bench, service.url);
      for (const server of Object.values(running)) await server.stop();
      const reloads = await measureReloads(bench, image, MANY);
      return reportOf({ many, one, calls, reloads, missing });
    } finally {
      await bench.close();
    }
  });

type Loads = Awaited<ReturnType<typeof measureLoad>>;

function measureLoad(running: Running, connections: number) {
  const measurements = Object.entries(running).map(
    ([name, { url }]) => [name, () => load(url, connections, SECONDS)] as const,
  );
  return alternateFigures<keyof Load>(ROUNDS, Object.fromEntries(measurements));
}

/** Calls to Google that requests have caused. */
async function callsDuringLoad(bench: BenchScene, url: string) {
  const before = bench.calls();
  const { requestsPerSecond } = await load(url, MANY, SECONDS);
  const after = bench.calls();
  const calls = after.storage + after.kms - before.storage - before.kms;
  return { calls, requests: Math.round(requestsPerSecond * SECONDS) };
}

interface Measured {
  readonly many: Loads;
  readonly one: Loads;
  readonly calls: Awaited<ReturnType<typeof callsDuringLoad>>;
  readonly reloads: Awaited<ReturnType<typeof measureReloads>>;
  readonly missing: readonly string[];
}

function reportOf({ many, one, calls, reloads, missing }: Measured): Report {
  const rates = many.requestsPerSecond;
  const service = medianOf(rates, SERVICE);
  return {
    title: 'Serving',
    what:
      `GET / with the config in memory, over ${MANY} connections and over one, each sending its next request when the ` +
      `answer is there. ${ROUNDS} alternating rounds of ${SECONDS} s, the generator in a process of its own. The two bare ` +
      `servers answer with the very bytes and headers of the service; node:http beside them shows how near the generator ` +
      'is to its own limit.',
    tables: [...tablesOf(many, `${MANY} connections`), ...tablesOf(one, 'one connection'), ...reloads.tables],
    targets: [
      {
        text: `requests/s of the service by the sample's, ${MANY} connections`,
        bound: 'at least',
        allowed: 500,
        measured: service / medianOf(rates, REFERENCE),
        unit: 'times',
      },
      {
        text: `requests/s of the service by bare Fastify's, ${MANY} connections`,
        bound: 'at least',
        allowed: 0.85,
        measured: service / medianOf(rates, FASTIFY),
        unit: 'times',
      },
      ...reloads.targets,
      {
        text: `calls to Storage and KMS in ${calls.requests.toLocaleString('en-US')} requests`,
        bound: 'at most',
        allowed: 0,
        measured: calls.calls,
        unit: 'calls',
      },
    ],
    plots: [
      {
        kind: 'bars',
        title: `Requests a second, ${MANY} connections`,
        unit: 'requests/s',
        scale: 'log',
        bars: rates,
      },
      { kind: 'bars', title: `p99, ${MANY} connections`, unit: 'ms', scale: 'log', bars: many.p99 },
    ],
    notes: [
      ...missing,
      `The generator took ${Math.round(100 * medianOf(many.cpuShare, LIMIT))} % of a core against node:http and ` +
        `${Math.round(100 * medianOf(many.cpuShare, SERVICE))} % against the service.`,
      ...reloads.notes,
    ],
  };
}

function tablesOf({ requestsPerSecond, p50, p99 }: Loads, connections: string): Table[] {
  return [
    { caption: `Requests, ${connections}`, unit: 'requests/s', rows: requestsPerSecond },
    { caption: `p50, ${connections}`, unit: 'ms', rows: p50 },
    { caption: `p99, ${connections}`, unit: 'ms', rows: p99 },
  ];
}

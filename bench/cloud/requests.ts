import { type Load, type LoadRequest, load } from '../support/load/load.ts';
import { alternateFigures, medianOf } from '../support/measure.ts';
import type { BarPlot, LinePlot, Spread, Table, Target } from '../support/report.ts';
import { ask, record, startBare, startCloud } from './runs.ts';
import { DECRYPT_PATH, fillCloud, OBJECT_PATH } from './scene.ts';

const ROUNDS = 5;
const SECONDS = 1;
const WARM_UP_SECONDS = 0.3;
const CONNECTIONS = [1, 10];
const BINDINGS = [10, 1_000, 10_000];

/** What is asked of one cloud. */
interface Requests {
  readonly read: LoadRequest;
  readonly decrypt: LoadRequest;
  readonly refused: LoadRequest;
}

/** Requests per second and p99 of the local cloud's reads and decrypts, and of checks among ever more bindings. */
export async function measureRequests() {
  const clouds = await Promise.all(BINDINGS.map(startFilled));
  const [{ requests }] = clouds as [(typeof clouds)[0]];
  const bare = await startBare({ GET: await record(requests.read), POST: await record(requests.decrypt) });
  const bareUrl = bare.printed.url;
  try {
    const serving = await measure({
      'object read, bare node:http': { ...requests.read, url: bareUrl },
      'object read': requests.read,
      'decrypt, bare node:http': { ...requests.decrypt, url: bareUrl },
      decrypt: requests.decrypt,
    });
    const checks = await measure(
      Object.fromEntries(
        clouds.flatMap(({ bindings, requests: { read, refused } }) => [
          [granted(bindings), read] as const,
          [`refused, ${count(bindings)} bindings`, refused] as const,
        ]),
      ),
    );
    return {
      tables: [...tablesOf('Requests', serving), ...tablesOf('Policy checks', checks)],
      targets: [checkTarget(checks)],
      plots: plotsOf(serving, checks),
    };
  } finally {
    for (const running of [bare, ...clouds]) running.end();
  }
}

async function startFilled(bindings: number) {
  const { printed, end } = await startCloud();
  const body = JSON.stringify({ ciphertext: await fillCloud(printed, bindings) });
  const { url, tokens } = printed;
  const requests: Requests = {
    read: ask(url + OBJECT_PATH, tokens.reader),
    decrypt: ask(url + DECRYPT_PATH, tokens.reader, body),
    refused: { ...ask(url + OBJECT_PATH, tokens.stranger), status: 403 },
  };
  return { bindings, requests, end };
}

type Measured = readonly {
  readonly connections: number;
  readonly requestsPerSecond: Spread[];
  readonly p99: Spread[];
}[];

async function measure(asked: Readonly<Record<string, LoadRequest>>): Promise<Measured> {
  const measured = [];
  for (const connections of CONNECTIONS) {
    const loads = Object.entries(asked).map(
      ([name, one]) => [name, () => load(one, connections, SECONDS, WARM_UP_SECONDS)] as const,
    );
    measured.push({
      connections,
      ...(await alternateFigures<keyof Load>(ROUNDS, Object.fromEntries(loads))),
    });
  }
  return measured;
}

function tablesOf(what: string, measured: Measured): Table[] {
  return measured.flatMap(({ connections, requestsPerSecond, p99 }) => {
    const at = `at concurrency ${connections}`;
    return [
      { caption: `${what} ${at}`, unit: 'requests/s', rows: requestsPerSecond },
      { caption: `${what}: p99 ${at}`, unit: 'ms', rows: p99 },
    ];
  });
}

/** A check that looked at every binding of the cloud would be several times as slow among 10,000. */
function checkTarget(checks: Measured): Target {
  const rows = checks.at(-1)?.requestsPerSecond ?? [];
  return {
    text: 'requests/s among 10,000 bindings by those among 10, concurrency 10',
    bound: 'at least',
    allowed: 0.9,
    measured: medianOf(rows, granted(10_000)) / medianOf(rows, granted(10)),
    unit: 'times',
  };
}

function plotsOf(serving: Measured, checks: Measured): (BarPlot | LinePlot)[] {
  const rows = checks.at(-1)?.requestsPerSecond ?? [];
  const points = BINDINGS.flatMap((bindings) =>
    rows.filter(({ name }) => name === granted(bindings)).map((spread) => ({ ...spread, x: bindings })),
  );
  return [
    {
      kind: 'bars',
      title: 'Local cloud beside bare node:http, concurrency 10',
      unit: 'requests/s',
      scale: 'log',
      bars: serving.at(-1)?.requestsPerSecond ?? [],
    },
    {
      kind: 'lines',
      title: 'Object read among so many bindings, concurrency 10',
      x: 'bindings in the cloud',
      y: 'requests/s',
      lines: [{ name: 'granted', points }],
    },
  ];
}

function granted(bindings: number): string {
  return `granted, ${count(bindings)} bindings`;
}

function count(bindings: number): string {
  return bindings.toLocaleString('en-US');
}

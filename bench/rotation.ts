import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { postgresUsers } from '@cloud-run-identity/secrets/rotators';
import autocannon from 'autocannon';
import { run, secretOf } from '../__tests__/cli/rotation/support.ts';
import { type PostgresServer, startPostgres } from '../__tests__/examples/postgres-server.ts';
import { createReadyScene } from '../__tests__/support/scene.ts';
import {
  type ServiceProcess,
  serviceEnvironment,
  startService,
} from '../__tests__/support/service-process.ts';
import { startLocalCloud } from '../emulator/cloud.ts';
import { spreadOf } from './support/measure.ts';
import type { LinePlot, Measure, Report } from './support/report.ts';

const ROTATIONS = 20;
const REQUESTS_PER_SECOND = 200;
const INSTANCES = 2;
const RELOAD_SECONDS = 1;
/** What a request may take, as the service's setting says. */
const REQUEST_SECONDS = 1;
const CONNECTIONS = 10;

const program = fileURLToPath(new URL('../examples/postgres/server.ts', import.meta.url));
const administrator = { user: 'administrator', password: 'of-users' };

/** Rotations of the PostgreSQL example under load, and what those who ask notice of them. */
export const measure: Measure = async () => {
  const [cloud, postgres] = await Promise.all([
    startLocalCloud({ projectId: 'sample-project' }),
    startPostgres(),
  ]);
  const services: ServiceProcess[] = [];
  try {
    await prepare(postgres);
    const scene = await createReadyScene(cloud);
    const config = {
      DB_HOST: '127.0.0.1',
      DB_PORT: String(postgres.port),
      DB_USER: 'app_a',
      DB_PASS: 'first',
    };
    await scene.put(await scene.encrypt(config));
    for (let instance = 0; instance < INSTANCES; instance += 1) {
      const environment = {
        ...(await serviceEnvironment(cloud, scene)),
        RELOAD_SECONDS: String(RELOAD_SECONDS),
      };
      services.push(startService(environment, program));
    }
    for (const service of services) await service.logged((line) => line.message === 'config loaded');
    const front = await startFront(services);
    const load = startLoad(`${front.url}/visits`);
    const seconds: number[] = [];
    const ends: number[] = [];
    let retiredUses = 0;
    const rotator = postgresUsers({
      database: 'app',
      users: ['app_a', 'app_b'],
      memberOf: 'app_owner',
      administrator: () => administrator,
    });
    await delay(3_000);
    for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
      const begin = performance.now();
      const from = rotation % 2 === 0 ? 'app_a' : 'app_b';
      await run(secretOf(cloud, scene), rotator, {
        leaseMilliseconds: 20_000,
        untilServed: () => delay((2 * RELOAD_SECONDS + REQUEST_SECONDS) * 1000),
      });
      const [{ now } = { now: '' }] = await postgres.query<{ now: string }>(
        'SELECT now()::text AS now',
        'app',
      );
      seconds.push((performance.now() - begin) / 1000);
      ends.push(load.elapsedSeconds());
      await delay(500);
      const [used] = await postgres.query<{ count: string }>(
        `SELECT count(*) FROM visits WHERE by = '${from}' AND at > '${now}'`,
        'app',
      );
      retiredUses += Number(used?.count);
    }
    await delay(2_000);
    const answers = await load.end();
    await front.close();
    return reportOf(answers, seconds, ends, retiredUses);
  } finally {
    await Promise.all(services.map((service) => service.kill()));
    await Promise.all([cloud.close(), postgres.close()]);
  }
};

async function prepare(postgres: PostgresServer): Promise<void> {
  await postgres.query('CREATE DATABASE app');
  await postgres.query(
    `CREATE ROLE app_owner;
     CREATE ROLE administrator LOGIN CREATEROLE PASSWORD '${administrator.password}' IN ROLE pg_signal_backend;
     GRANT app_owner TO administrator WITH ADMIN OPTION;
     CREATE ROLE app_a LOGIN PASSWORD 'first' IN ROLE app_owner;
     GRANT app_a TO administrator WITH ADMIN OPTION`,
  );
  // The table knows whose each visit was.
  await postgres.query(
    `CREATE TABLE visits (at timestamptz DEFAULT now(), by name DEFAULT current_user);
     GRANT INSERT, SELECT ON visits TO app_owner`,
    'app',
  );
}

/** One address before all instances, which stand still while they are asked for nothing, as on Cloud Run. */
async function startFront(services: readonly ServiceProcess[]) {
  const instances = services.map((service) => ({ service, requests: 0 }));
  let next = 0;
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const instance = instances[next % instances.length];
    next += 1;
    if (!instance) return;
    instance.requests += 1;
    if (instance.requests === 1) instance.service.signal('SIGCONT');
    outgoing.on('close', () => {
      instance.requests -= 1;
      if (instance.requests === 0) instance.service.signal('SIGSTOP');
    });
    const { method, url = '/', headers } = incoming;
    const passed = forward(
      new URL(url, instance.service.url),
      { method, headers, agent: false },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Answer {
  readonly second: number;
  readonly isGood: boolean;
  readonly milliseconds: number;
}

/** Asks at a steady rate until it is ended. */
function startLoad(url: string) {
  const begin = performance.now();
  const answers: Answer[] = [];
  const elapsedSeconds = () => (performance.now() - begin) / 1000;
  const ended = Promise.withResolvers<void>();
  const load = autocannon(
    {
      url,
      method: 'POST',
      connections: CONNECTIONS,
      overallRate: REQUESTS_PER_SECOND,
      duration: 3_600,
      timeout: 60,
    },
    () => ended.resolve(),
  );
  load.on('response', (_client, status, _bytes, milliseconds) =>
    answers.push({ second: elapsedSeconds(), isGood: status === 200, milliseconds }),
  );
  load.on('reqError', () => answers.push({ second: elapsedSeconds(), isGood: false, milliseconds: 0 }));
  return {
    elapsedSeconds,
    end: async () => {
      const counted = [...answers];
      load.stop?.();
      await ended.promise;
      return counted;
    },
  };
}

function reportOf(
  answers: readonly Answer[],
  seconds: readonly number[],
  ends: readonly number[],
  retiredUses: number,
): Report {
  const total = answers.at(-1)?.second ?? 0;
  const failed = answers.filter(({ isGood }) => !isGood).length;
  const latencies = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const percentile = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN;
  const bucket = 2;
  const buckets = Array.from({ length: Math.floor(total / bucket) }, (_, index) => index * bucket);
  const within = (from: number) => answers.filter(({ second }) => second >= from && second < from + bucket);
  const line = (name: string, count: (from: number) => number): LinePlot['lines'][number] => ({
    name,
    points: buckets.map((from) => {
      const value = count(from);
      return { x: from, median: value, least: value, most: value };
    }),
  });
  return {
    title: 'Rotation under load',
    what:
      `${ROTATIONS} rotations of the PostgreSQL example with two users that take turns, a real PostgreSQL, ${INSTANCES} ` +
      `instances that have a CPU only while they are asked for something, RELOAD_SECONDS=${RELOAD_SECONDS}, asked ` +
      `${REQUESTS_PER_SECOND} times a second for something that writes to the database. Each row says whose it is.`,
    tables: [
      { caption: 'A rotation, from beginning to end', unit: 's', rows: [spreadOf('rotation', seconds)] },
      {
        caption: 'Answers',
        unit: 'requests',
        rows: [spreadOf('all', [answers.length]), spreadOf('failed', [failed])],
      },
      {
        caption: 'Latency over all',
        unit: 'ms',
        rows: [
          spreadOf('p50', [percentile(0.5)]),
          spreadOf('p99', [percentile(0.99)]),
          spreadOf('most', [percentile(1)]),
        ],
      },
    ],
    targets: [
      { text: 'failed requests', bound: 'at most', allowed: 0, measured: failed, unit: 'requests' },
      {
        text: 'rows by a user that was retired',
        bound: 'at most',
        allowed: 0,
        measured: retiredUses,
        unit: 'rows',
      },
      {
        text: 'rotations',
        bound: 'at least',
        allowed: ROTATIONS,
        measured: seconds.length,
        unit: 'rotations',
      },
      {
        text: 'requests a second',
        bound: 'at least',
        // What the rate is short of at its beginning and its end.
        allowed: REQUESTS_PER_SECOND * 0.95,
        measured: answers.length / total,
        unit: 'requests/s',
      },
    ],
    plots: [
      {
        kind: 'lines',
        title: `${ROTATIONS} rotations under load`,
        x: 'seconds',
        y: 'a second',
        lines: [
          line('answered', (from) => within(from).filter(({ isGood }) => isGood).length / bucket),
          line('failed', (from) => within(from).filter(({ isGood }) => !isGood).length / bucket),
          line('rotations so far', (from) => ends.filter((end) => end < from + bucket).length),
        ],
      },
    ],
    notes: [],
  };
}

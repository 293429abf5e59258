import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { postgresPassword, postgresUsers, type Rotator } from '@cloud-run-identity/secrets/rotators';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { run, secretOf } from '../cli/rotation/support.ts';
import { createReadyScene, type Scene } from '../support/scene.ts';
import type { SampleValue } from '../support/schema.ts';
import { type ServiceProcess, serviceEnvironment, startService } from '../support/service-process.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

const program = fileURLToPath(new URL('../../examples/postgres/server.ts', import.meta.url));
const cli = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));

let cloud: LocalCloud;
let postgres: PostgresServer;
let service: ServiceProcess | undefined;

beforeAll(async () => {
  [cloud, postgres] = await Promise.all([startLocalCloud({ projectId: 'sample-project' }), startPostgres()]);
  await postgres.query('CREATE DATABASE app');
  await postgres.query(
    `CREATE ROLE app_owner;
     CREATE ROLE administrator LOGIN CREATEROLE PASSWORD 'of-users' IN ROLE pg_signal_backend;
     GRANT app_owner TO administrator WITH ADMIN OPTION`,
  );
  await postgres.query(
    `CREATE TABLE visits (at timestamptz DEFAULT now());
     GRANT INSERT, SELECT ON visits TO app_owner`,
    'app',
  );
}, 120_000);
afterEach(() => service?.kill());
afterAll(async () => {
  await Promise.all([cloud?.close(), postgres?.close()]);
});

function configOf(user: string, password: string): SampleValue {
  return { DB_HOST: '127.0.0.1', DB_PORT: String(postgres.port), DB_USER: user, DB_PASS: password };
}

async function createRole(user: string, password: string): Promise<void> {
  await postgres.query(`CREATE ROLE ${user} LOGIN PASSWORD '${password}' IN ROLE app_owner`);
}

/** `npx cloud-run-identity put -`, as the owner. */
async function put(scene: Scene, config: SampleValue): Promise<void> {
  const { bucket, object, key } = scene.reference;
  const target = ['--bucket', bucket, '--object', object, '--kms-key', key];
  const child = spawn(process.execPath, [cli, 'put', '-', ...target], {
    env: {
      GCP_PROJECT_ID: cloud.projectId,
      CLOUDSDK_AUTH_ACCESS_TOKEN: cloud.tokenFor(cloud.owner),
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS: `${cloud.url}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${cloud.url}/storage/v1/`,
    },
    // No project with a schema of its own is above it.
    cwd: tmpdir(),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stdin.end(JSON.stringify(config));
  const [code] = await once(child, 'close');
  expect(code, output).toBe(0);
}

/** The service with the database, its config written by `put`. */
async function start(config: SampleValue, extra: Record<string, string>) {
  const scene = await createReadyScene(cloud);
  await put(scene, config);
  service = startService({ ...(await serviceEnvironment(cloud, scene)), ...extra }, program);
  await service.logged((line) => line.message === 'config loaded');
  return { scene, service };
}

/** Asks without a pause, eight at a time, until it is ended. */
function load(url: string) {
  const ending = new AbortController();
  const answers = new Map<string, number>();
  const worker = async () => {
    while (!ending.signal.aborted) {
      const answer = await fetch(`${url}/visits`, { method: 'POST' })
        .then((response) => String(response.status))
        .catch((error: Error) => error.message);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  };
  const workers = Array.from({ length: 8 }, worker);
  const answered = () => [...answers.values()].reduce((sum, count) => sum + count, 0);
  return {
    /** Resolves when so many more were answered. */
    more: async (count: number) => {
      const goal = answered() + count;
      while (answered() < goal) await delay(10);
    },
    /** How often each answer came. */
    end: async () => {
      ending.abort();
      await Promise.all(workers);
      return Object.fromEntries(answers);
    },
  };
}

const twoUsers = postgresUsers({
  database: 'app',
  users: ['app_a', 'app_b'],
  memberOf: 'app_owner',
  administrator: () => ({ user: 'administrator', password: 'of-users' }),
});

/** Rotates the password; the one instance says when it has the new one. */
async function rotate(scene: Scene, rotator: Rotator, { url }: ServiceProcess): Promise<void> {
  const untilServed = async (generation: string) => {
    const isServed = async () => {
      const answer = await fetch(`${url}/health/ready`);
      return ((await answer.json()) as { generation?: string }).generation === generation;
    };
    while (!(await isServed())) await delay(50);
  };
  await run(secretOf(cloud, scene), rotator, { untilServed, leaseMilliseconds: 60_000 });
}

const connectionsOf = async (user: string) =>
  (await postgres.query(`SELECT pid FROM pg_stat_activity WHERE usename = '${user}'`)).length;

describe('a rotation under load', { timeout: 180_000 }, () => {
  test('with two users that take turns: no request fails', async () => {
    await createRole('app_a', 'first');
    await postgres.query('GRANT app_a TO administrator WITH ADMIN OPTION');
    const { scene, service } = await start(configOf('app_a', 'first'), { RELOAD_SECONDS: '1' });
    const requests = load(service.url);
    await requests.more(200);
    for (const [from, to] of [
      ['app_a', 'app_b'],
      ['app_b', 'app_a'],
    ] as const) {
      await rotate(scene, twoUsers, service);
      await vi.waitFor(async () => expect(await connectionsOf(from)).toBe(0), { timeout: 60_000 });
      await requests.more(200);
      expect(await connectionsOf(to)).toBeGreaterThan(0);
      const roles = await postgres.query(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'app\\__' AND rolcanlogin",
      );
      expect(roles).toEqual([{ rolname: to }]);
    }
    expect(Object.keys(await requests.end())).toEqual(['200']);
  });

  test('by a hard switch: the one retry is enough for every request', async () => {
    await createRole('app', 'first');
    // Nothing but the refused requests makes the service look for a new config.
    const { scene, service } = await start(configOf('app', 'first'), { RELOAD_SECONDS: '86400' });
    const requests = load(service.url);
    await requests.more(200);
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await rotate(scene, postgresPassword({ database: 'app' }), service);
      await requests.more(200);
    }
    expect(Object.keys(await requests.end())).toEqual(['200']);
  });

  test('with a password that the database does not take: the old one is kept, and nothing of it is logged', async () => {
    await createRole('app_c', 'first');
    const { scene, service } = await start(configOf('app_c', 'first'), { RELOAD_SECONDS: '1' });
    const requests = load(service.url);
    await put(scene, configOf('app_c', 'canary-password'));
    const { error } = await service.logged((line) => line.error !== undefined);
    expect(error).toMatchObject({ name: 'ChangeRefusedError', message: expect.stringContaining('28P01') });
    await requests.more(100);
    const begin = service.log.length;
    await postgres.query(`ALTER ROLE app_c PASSWORD 'canary-password'`);
    await service.logged((line) => line.message === 'config reload works again', begin);
    await requests.more(100);
    expect(Object.keys(await requests.end())).toEqual(['200']);
    expect(service.output()).not.toMatch(/canary-password|app_c/);
  });
});

test('a rotator does twice what it does once, and leaves alone what a later rotation has made', async () => {
  await createRole('app_x', 'first');
  await postgres.query('GRANT app_x TO administrator WITH ADMIN OPTION');
  const rotator = postgresUsers({
    database: 'app',
    users: ['app_x', 'app_y'],
    memberOf: 'app_owner',
    administrator: () => ({ user: 'administrator', password: 'of-users' }),
  });
  const first = { ...configOf('app_x', 'first') };
  const proposed = await rotator.propose(first, 'DB_PASS');
  expect(proposed).toMatchObject({ DB_USER: 'app_y' });
  const second = { ...first, ...proposed };
  const third = { ...second, DB_USER: 'app_x', DB_PASS: 'third' };
  const twice = async (action: () => Promise<void>) => {
    await action();
    await action();
  };
  const forward = { current: first, next: second };
  await twice(() => rotator.create(forward));
  await twice(() => rotator.undo(forward));
  await expect(rotator.test(forward)).rejects.toMatchObject({ code: expect.stringMatching(/^28/) });
  await twice(() => rotator.create(forward));
  await rotator.test(forward);
  await twice(() => rotator.retire(forward));
  const back = { current: second, next: third };
  await rotator.create(back);
  // A run of the first rotation that stood still until now.
  await rotator.retire(forward);
  await rotator.test(back);
}, 60_000);

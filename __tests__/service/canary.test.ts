import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { formsOf, leaks } from '../support/canary.ts';
import { type Collector, startCollector } from '../support/collector.ts';
import { createReadyScene } from '../support/scene.ts';
import { type ServiceProcess, serviceEnvironment, startService } from '../support/service-process.ts';

/** With characters that every encoding writes otherwise. */
const canaries = {
  DB_HOST: 'canary-host+1/ä.example.com',
  DB_USER: 'canary user "2" <&>',
  DB_PASS: 'canary/pass+3=?%\\\n%20ÿ~end',
};
const config = { ...canaries, DB_PORT: '43306' };
const audience = 'https://svc.example.com';

let cloud: LocalCloud;
let collector: Collector;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  [cloud, collector] = await Promise.all([
    startLocalCloud({ projectId: 'sample-project' }),
    startCollector(),
  ]);
});
afterEach(() => Promise.all(running.splice(0).map((service) => service.kill())));
afterAll(() => Promise.all([cloud.close(), collector.close()]));

/** All that a service may say: every log level, telemetry, routes for callers, every value masked. */
async function start(extra: Record<string, string> = {}) {
  const scene = await createReadyScene(cloud);
  await scene.put(await scene.encrypt(config));
  const service = startService({
    ...(await serviceEnvironment(cloud, scene)),
    PAGE_VALUES: 'hidden',
    LOG_LEVEL: 'trace',
    RELOAD_SECONDS: '86400',
    RELOAD_OPERATORS: 'ann@example.com',
    PUBSUB_ACCOUNT: 'push@example.com',
    TOKEN_AUDIENCE: audience,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...extra,
  });
  running.push(service);
  await service.logged((line) => line.message === 'config loaded');
  return { scene, service };
}

/** Sends a request and gives all of its answer, headers included. */
async function ask(service: ServiceProcess, path: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(service.url + path, init);
  return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
}

async function askRaw(service: ServiceProcess, bytes: string): Promise<string> {
  const socket = connect(service.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end(bytes);
  return text(socket);
}

const paths = [
  '/',
  '/health/startup',
  '/health/live',
  '/health/ready',
  '/secret/reload',
  '/none',
  '/%zz',
  '//',
];
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];

async function answersOfAllRoutes(service: ServiceProcess): Promise<string[]> {
  const json = { 'content-type': 'application/json' };
  const requests = paths.flatMap((path) => methods.map((method) => ask(service, path, { method })));
  return Promise.all([
    ...requests,
    ask(service, '/', { headers: { accept: 'application/json' } }),
    ask(service, '/secret/notifications', { method: 'POST', headers: json, body: '{"message":' }),
    ask(service, '/', { method: 'POST', headers: json, body: 'x'.repeat(100_000) }),
    ask(service, '/', { headers: { 'x-large': 'x'.repeat(20_000) } }),
    askRaw(service, 'NONSENSE\r\n\r\n'),
    askRaw(service, 'GET / HTTP/9.9\r\n\r\n'),
  ]);
}

async function reload(service: ServiceProcess): Promise<string> {
  const token = await cloud.identityTokenFor('user:ann@example.com', audience);
  return ask(service, '/secret/reload', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
}

/** What others on the machine can see of a process and its children (Linux). */
function visible(pid: number): string {
  const directory = `/proc/${pid}`;
  if (!existsSync(directory)) return '';
  const children = readdirSync(`${directory}/task`).flatMap((task) =>
    readFileSync(`${directory}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  const own = ['cmdline', 'environ', 'comm'].map((file) => readFileSync(`${directory}/${file}`, 'utf8'));
  return [...own, ...children.map((child) => visible(Number(child)))].join('\n');
}

const wrongConfigs: readonly unknown[] = [
  { ...config, DB_PORT: canaries.DB_PASS },
  { ...config, [canaries.DB_PASS]: canaries.DB_USER },
  { ...config, DB_PASS: [canaries.DB_PASS] },
  { ...config, DB_PASS: '', DB_HOST: { [canaries.DB_HOST]: canaries.DB_PASS } },
  JSON.stringify(config).slice(0, -1),
  `${JSON.stringify(config)}}`,
  canaries.DB_PASS,
  JSON.stringify(canaries.DB_PASS),
];

describe('no value of the config is in', { timeout: 120_000 }, () => {
  it('answers, logs of every level, traces, metrics and what the system shows of the process', async () => {
    const { scene, service } = await start();
    const answers = await answersOfAllRoutes(service);
    for (const wrong of wrongConfigs) {
      await scene.put(await scene.encrypt(wrong));
      answers.push(await reload(service));
    }
    expect(answers.filter((answer) => answer.includes('secret is not valid'))).toHaveLength(
      wrongConfigs.length,
    );
    await scene.put(await scene.encrypt(config));
    answers.push(await reload(service), await ask(service, '/'));
    const seen = visible(service.pid);
    service.signal('SIGTERM');
    expect(await service.ended).toBe(0);
    expect(leaks(answers.join('\n'), canaries)).toEqual([]);
    expect(leaks(service.output(), canaries)).toEqual([]);
    expect(leaks(seen, canaries)).toEqual([]);
    expect(collector.received.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/v1/traces', '/v1/metrics']),
    );
    expect(leaks(collector.received.map(({ body }) => body).join('\n'), canaries)).toEqual([]);
  });

  it('the last words of a start that fails', async () => {
    const ends = wrongConfigs.map(async (wrong) => {
      const scene = await createReadyScene(cloud);
      await scene.put(await scene.encrypt(wrong));
      const service = startService({ ...(await serviceEnvironment(cloud, scene)), LOG_LEVEL: 'trace' });
      running.push(service);
      expect(await service.ended).toBe(69);
      expect(leaks(service.output(), canaries)).toEqual([]);
    });
    await Promise.all(ends);
  });

  it('the output of a crash', async () => {
    const bug = "data:text/javascript,process.on('SIGUSR2', () => { throw new TypeError('a bug'); })";
    const { service } = await start({ NODE_OPTIONS: `--import="${bug}"` });
    service.signal('SIGUSR2');
    expect(await service.ended).toBe(1);
    expect(leaks(service.output(), canaries)).toEqual([]);
  });
});

describe('the search', () => {
  it.each(formsOf(canaries.DB_PASS))('finds %j', (form) => {
    expect(leaks(`before ${form} after`, canaries)).toContain('DB_PASS');
  });

  it('finds a value in the middle of something encoded', () => {
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      for (const before of ['', 'a', 'ab', 'abc']) {
        const encoded = Buffer.from(`${before}${canaries.DB_HOST} and more`).toString(encoding);
        expect(leaks(encoded, canaries)).toContain('DB_HOST');
      }
    }
  });
});

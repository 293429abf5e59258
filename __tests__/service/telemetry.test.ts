import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { freePort } from '../../emulator/run/free-port.ts';
import { measureAges } from '../../service/telemetry/metrics.ts';
import { startCollector } from '../support/collector.ts';
import { createReadyScene } from '../support/scene.ts';
import { type ServiceProcess, serviceEnvironment, startService } from '../support/service-process.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

let cloud: LocalCloud;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
afterEach(() => Promise.all(running.splice(0).map((service) => service.kill())));
afterAll(() => cloud.close());

async function start(extra: Record<string, string>): Promise<ServiceProcess> {
  const scene = await createReadyScene(cloud);
  const service = startService({ ...(await serviceEnvironment(cloud, scene)), ...extra });
  running.push(service);
  await service.logged((line) => line.message === 'config loaded');
  return service;
}

test('the age of values is measured where the schema says how old they may get', () => {
  const observed: unknown[] = [];
  type Observe = (result: { observe(gauge: string, value: number, of: object): void }) => void;
  const meter = {
    createObservableGauge: (name: string) => name,
    addBatchObservableCallback: (callback: Observe) =>
      callback({ observe: (gauge, value, of) => observed.push([gauge, value, of]) }),
  };
  const age = { 'x-max-age': '90d' };
  const schema = { properties: { OLD: age, NEW: age, ODD: age, ANY: {} } };
  const changed = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const keysChanged = { '/OLD': changed(91), '/NEW': changed(1), '/ANY': changed(1) };
  const app = { secrets: { config: { current: { keysChanged } }, tls: { current: undefined } } };
  measureAges(app as never, meter as never, { config: schema, tls: schema });
  const of = (pointer: string) => ({ 'secret.name': 'config', 'secret.value': pointer });
  expect(observed).toEqual([
    ['secret.value.age', expect.any(Number), of('/OLD')],
    ['secret.value.overdue', 1, of('/OLD')],
    ['secret.value.age', expect.any(Number), of('/NEW')],
    ['secret.value.overdue', 0, of('/NEW')],
    ['secret.value.overdue', 1, of('/ODD')],
  ]);
});

describe('telemetry', () => {
  it('sends traces that go on with the caller’s, and metrics of requests and of the secret', async () => {
    const collector = await startCollector();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await fetch(service.url, { headers: { traceparent } });
    await fetch(`${service.url}/pasted-password`);
    service.signal('SIGTERM');
    expect(await service.ended).toBe(0);
    const bodies = (path: string) =>
      collector.received.filter((sent) => sent.path === path).map(({ body }) => body);
    const traces = bodies('/v1/traces').join('\n');
    expect(traces).toContain(traceId);
    expect(traces).toContain('"svc"');
    const metrics = bodies('/v1/metrics').join('\n');
    for (const name of ['http.server.request.duration', 'secret.reloads', 'secret.age', 'secret.state']) {
      expect(metrics).toContain(`"${name}"`);
    }
    expect(metrics).not.toContain('pasted-password');
    await collector.close();
  });

  it('does not keep the service from starting, serving and ending when the collector is away', async () => {
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` });
    expect((await fetch(service.url)).status).toBe(200);
    service.signal('SIGTERM');
    expect(await service.ended).toBe(0);
  });

  it('is not even loaded when it is off, and neither is what only callers need', async () => {
    const spy =
      "data:text/javascript,import m from 'node:module'; m.registerHooks({ resolve(s, c, next) {" +
      " if (/opentelemetry.(sdk|exporter)|@fastify.otel|rate-limit|^jose$/.test(s)) console.error('LOADED', s); return next(s, c); } })";
    const options = { NODE_OPTIONS: `--import="${spy}"` };
    const off = await start(options);
    await fetch(off.url);
    expect(off.output()).not.toContain('LOADED');
    const on = await start({
      ...options,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      RELOAD_OPERATORS: 'ann@example.com',
      TOKEN_AUDIENCE: 'x',
    });
    await fetch(`${on.url}/secret/reload`, { method: 'POST', headers: { authorization: 'Bearer a.b.c' } });
    for (const name of ['@opentelemetry/sdk-metrics', '@fastify/otel', '@fastify/rate-limit', 'jose']) {
      expect(on.output()).toContain(`LOADED ${name}`);
    }
  });
});

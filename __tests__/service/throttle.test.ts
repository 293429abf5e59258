import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { startCollector } from '../support/collector.ts';
import { createReadyScene, type Scene, sampleConfig } from '../support/scene.ts';
import { type ServiceProcess, serviceEnvironment, startService } from '../support/service-process.ts';

// 30 minutes are 6 seconds: the service's wall clock runs 300 times as fast.
const speed = 300;
const intervalSeconds = 60;
const intervalMilliseconds = (intervalSeconds * 1000) / speed;
const fastClock = `data:text/javascript,const now = Date.now.bind(Date), begin = now(); Date.now = () => begin + (now() - begin) * ${speed};`;

let cloud: LocalCloud;
let service: ServiceProcess | undefined;
beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
afterEach(() => service?.kill());
afterAll(() => cloud?.close());

/** A service that stands still whenever it is not asked for something, as Cloud Run keeps it. */
async function startThrottled(extra: Record<string, string> = {}) {
  const scene = await createReadyScene(cloud);
  const process = startService({
    ...(await serviceEnvironment(cloud, scene)),
    RELOAD_SECONDS: String(intervalSeconds),
    NODE_OPTIONS: `--import=${JSON.stringify(fastClock)}`,
    ...extra,
  });
  service = process;
  await process.logged((line) => line.message === 'config loaded');
  process.signal('SIGSTOP');
  const ask = async (path: string) => {
    process.signal('SIGCONT');
    const response = await fetch(process.url + path, { headers: { connection: 'close' } });
    const text = await response.text();
    process.signal('SIGSTOP');
    expect(response.status).toBe(200);
    return text;
  };
  return { scene, process, ask };
}

const writes: { at: number; host: string }[] = [];

async function write(scene: Scene): Promise<void> {
  const host = `host-${writes.length}.example.com`;
  await scene.put(await scene.encrypt({ ...sampleConfig, DB_HOST: host }));
  writes.push({ at: performance.now(), host });
}

/** For how long the value on a page had been replaced by another when it was asked for, in milliseconds. */
function staleness(page: string, askedAt: number): number {
  const shown = writes.findIndex(({ host }) => page.includes(`<td>${host}</td>`));
  const next = writes[shown + 1];
  return next ? askedAt - next.at : 0;
}

describe('without a CPU between requests, for half an hour', { timeout: 120_000 }, () => {
  it('no request sees a value that was replaced more than two intervals ago, and no look fails', async () => {
    const { scene, process, ask } = await startThrottled();
    writes.splice(0);
    await write(scene);
    const end = performance.now() + (30 * 60_000) / speed;
    let requests = 0;
    for (let round = 0; performance.now() < end; round += 1) {
      if (round % 2 === 0) await write(scene);
      await delay([20, 150, 450, 900][round % 4]);
      // Every third round, the instance is probed in the meantime.
      if (round % 3 === 0) await ask('/health/live');
      const askedAt = performance.now();
      expect(staleness(await ask('/'), askedAt)).toBeLessThan(2 * intervalMilliseconds + 50);
      requests += 1;
    }
    expect(requests).toBeGreaterThan(8);
    expect(process.log.filter(({ severity }) => severity !== 'INFO')).toEqual([]);
    await delay(3 * intervalMilliseconds);
    const ready = JSON.parse(await ask('/health/ready'));
    expect(ready).toMatchObject({ status: 'fresh' });
  });

  it('a probe brings the new value, also when Google answers slowly', async () => {
    const { scene, process, ask } = await startThrottled();
    writes.splice(0);
    await write(scene);
    const slow = cloud.faults.add({
      path: '/storage/*',
      member: scene.member,
      effect: { kind: 'latency', milliseconds: 400 },
    });
    await delay(1.2 * intervalMilliseconds);
    // A probe is not held up by it; what one has begun is ended by one after it, how many depends on the machine.
    const loads = () => process.log.filter(({ message }) => message === 'config loaded').length;
    const end = performance.now() + 30_000;
    while (loads() < 2 && performance.now() < end) {
      await ask('/health/live');
      await delay(20);
    }
    expect(loads()).toBe(2);
    cloud.faults.remove(slow);
    process.signal('SIGCONT');
    expect(await (await fetch(process.url)).text()).toContain('<td>host-0.example.com</td>');
  });

  it('telemetry is sent in the answer to a probe', async () => {
    const collector = await startCollector();
    const { ask } = await startThrottled({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await ask('/');
    await delay(1.2 * intervalMilliseconds);
    await ask('/health/live');
    const paths = collector.received.map(({ path }) => path);
    expect(new Set(paths)).toEqual(new Set(['/v1/traces', '/v1/metrics']));
    await collector.close();
  });
});

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { startCollector } from '../support/collector.ts';
import { patience } from '../support/patience.ts';
import { createReadyScene, type Scene, sampleConfig } from '../support/scene.ts';
import { type ServiceProcess, serviceEnvironment, startService } from '../support/service-process.ts';

const intervalSeconds = 60;
const intervalMilliseconds = intervalSeconds * 1000;

/** The service's wall clock goes on only when a test says so: by what a file says, in milliseconds. */
const clock = path.join(mkdtempSync(path.join(tmpdir(), 'clock-')), 'milliseconds');
const chosenClock = `data:text/javascript,import { readFileSync } from 'node:fs'; const begin = Date.now(); Date.now = () => begin + Number(readFileSync(${JSON.stringify(clock)}));`;
let now = 0;

function pass(milliseconds: number): void {
  now += milliseconds;
  // As a whole: the service may be reading it.
  writeFileSync(`${clock}.new`, String(now));
  renameSync(`${clock}.new`, clock);
}

let cloud: LocalCloud;
let service: ServiceProcess | undefined;
beforeAll(async () => {
  pass(0);
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
afterEach(() => service?.kill());
afterAll(async () => {
  await cloud?.close();
  rmSync(path.dirname(clock), { recursive: true });
});

/** A service that stands still whenever it is not asked for something, as Cloud Run keeps it. */
async function startThrottled(extra: Record<string, string> = {}) {
  const scene = await createReadyScene(cloud);
  const process = startService({
    ...(await serviceEnvironment(cloud, scene)),
    RELOAD_SECONDS: String(intervalSeconds),
    NODE_OPTIONS: `--import=${JSON.stringify(chosenClock)}`,
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
  writes.push({ at: now, host });
}

/** For how long the value on a page has been replaced by another, in milliseconds. */
function staleness(page: string): number {
  const shown = writes.findIndex(({ host }) => page.includes(`<td>${host}</td>`));
  const next = writes[shown + 1];
  return next ? now - next.at : 0;
}

describe('without a CPU between requests, for half an hour', () => {
  it('no request sees a value that was replaced more than two intervals ago, and no look fails', async () => {
    const { scene, process, ask } = await startThrottled();
    writes.splice(0);
    await write(scene);
    const pauses = [6_000, 45_000, 135_000, 270_000];
    for (let round = 0; now < 30 * 60_000; round += 1) {
      if (round % 2 === 0) await write(scene);
      pass(pauses[round % pauses.length] ?? 0);
      // Every third round, the instance is probed in the meantime.
      if (round % 3 === 0) await ask('/health/live');
      expect(staleness(await ask('/'))).toBeLessThanOrEqual(2 * intervalMilliseconds);
    }
    expect(process.log.filter(({ severity }) => severity !== 'INFO')).toEqual([]);
    pass(3 * intervalMilliseconds);
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
    pass(1.2 * intervalMilliseconds);
    // A probe is not held up by it; what one has begun is ended by one after it, how many depends on the machine.
    const loads = () => process.log.filter(({ message }) => message === 'config loaded').length;
    while (loads() < 2) await ask('/health/live');
    expect(loads()).toBe(2);
    cloud.faults.remove(slow);
    process.signal('SIGCONT');
    expect(await (await fetch(process.url)).text()).toContain('<td>host-0.example.com</td>');
  });

  it('telemetry is sent in the answer to a probe', async () => {
    const collector = await startCollector();
    const { ask } = await startThrottled({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await ask('/');
    pass(1.2 * intervalMilliseconds);
    await vi.waitFor(async () => {
      await ask('/health/live');
      const paths = collector.received.map(({ path }) => path);
      expect(new Set(paths)).toEqual(new Set(['/v1/traces', '/v1/metrics']));
    }, patience);
    await collector.close();
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { createReadyScene, type Scene } from '../../__tests__/support/scene.ts';
import {
  type ServiceProcess,
  serviceEnvironment,
  startService,
} from '../../__tests__/support/service-process.ts';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { injectSome } from './faults.ts';
import { type Load, startLoad } from './load.ts';
import { reportingEnvironment, type Usage, usageOf } from './usage.ts';

/** How long and how hard. */
export interface SoakOptions {
  /** At least; until one of the faults was hit. */
  readonly seconds: number;
  /** Between two rotations of the secret. */
  readonly rotationSeconds: number;
  /** Share of the service's calls to Google that go wrong. */
  readonly faultShare: number;
  /** Requests at a time. */
  readonly connections: number;
  /** Whether to measure what the process uses, every ten seconds; each time stops it for a moment. @default false */
  readonly measuresUsage?: boolean;
}

/** What came of it. */
export interface SoakResult {
  readonly requests: number;
  /** What was wrong with answers, each kind once: not 200, parts of two configs, an older config than before. */
  readonly wrong: readonly string[];
  readonly rotations: number;
  /** Calls to Google that went wrong. */
  readonly faultsHit: number;
  /** Whether the last config was shown in the end, without any fault. */
  readonly hasNewest: boolean;
  /** Exit code after SIGTERM. */
  readonly exitCode: number | NodeJS.Signals | null;
  readonly usage: readonly Usage[];
  /** Lines of the log that are errors. */
  readonly errors: readonly string[];
}

/** The config of a rotation: every value says which one it is of. */
export function configOf(rotation: number) {
  return {
    DB_HOST: `host-${rotation}.`,
    DB_PORT: '3306',
    DB_USER: `user-${rotation}.`,
    DB_PASS: `pass-${rotation}.`,
  };
}

/** The real service against the local cloud: at saturation, with rotations, while a share of its calls fails. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const cloud = await startLocalCloud({ projectId: 'sample-project' });
  const scene = await createReadyScene(cloud);
  await write(scene, 1);
  const service = startService({
    ...(await serviceEnvironment(cloud, scene)),
    RELOAD_SECONDS: '1',
    PAGE_VALUES: 'revealed',
    ...(options.measuresUsage && reportingEnvironment),
  });
  try {
    await service.logged((line) => line.message === 'config loaded');
    return await soak(cloud, scene, service, options);
  } finally {
    await service.kill();
    await cloud.close();
  }
}

async function soak(
  cloud: LocalCloud,
  scene: Scene,
  service: ServiceProcess,
  options: SoakOptions,
): Promise<SoakResult> {
  injectSome(cloud, scene.member, options.faultShare);
  const load = startLoad(service.url, options.connections);
  const usage: Usage[] = [];
  let rotations = 1;
  const hits = () => cloud.faults.list().reduce((sum, fault) => sum + fault.hits, 0);
  const end = performance.now() + options.seconds * 1000;
  const isOver = () => performance.now() >= end && (options.faultShare === 0 || hits() > 0);
  for (let second = 1; !isOver(); second += 1) {
    await delay(1_000);
    if (second % options.rotationSeconds === 0) await write(scene, ++rotations);
    const isMeasured = options.measuresUsage && second % 10 === 0;
    const used = isMeasured ? usageOf(service) : undefined;
    if (used) usage.push(used);
  }
  const faultsHit = hits();
  cloud.faults.clear();
  const hasNewest = await shows(load, rotations);
  const { requests, wrong } = await load.end();
  service.signal('SIGTERM');
  const exitCode = await service.ended;
  const errors = service.log
    .filter(({ severity }) => severity === 'ERROR' || severity === 'CRITICAL')
    .map(({ message }) => message);
  return { requests, wrong, rotations, faultsHit, hasNewest, exitCode, usage, errors };
}

async function write(scene: Scene, rotation: number): Promise<void> {
  await scene.put(await scene.encrypt(configOf(rotation)));
}

/** Waits until every connection has seen the rotation; a minute at most. */
async function shows(load: Load, rotation: number): Promise<boolean> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (load.oldestSeen() === rotation) return true;
    await delay(100);
  }
  return false;
}

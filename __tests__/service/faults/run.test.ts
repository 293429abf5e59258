import { describe, expect, it, vi } from 'vitest';
import type { LocalCloud } from '../../../emulator/cloud.ts';
import { patience } from '../../support/patience.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import { type ServiceProcess, serviceEnvironment, startService } from '../../support/service-process.ts';
import { type FaultCase, faultCases } from './matrix.ts';
import { suffer } from './suffer.ts';
import { faultGround } from './support.ts';

/** A running service, and the host that its config names. */
interface Lane {
  readonly cloud: LocalCloud;
  readonly scene: Scene;
  readonly service: ServiceProcess;
  host: string;
}

/** Lanes whose last case has ended well: what was wrong is right again, and the config is the newest. */
const free: Lane[] = [];
const ground = faultGround();

/** A service with a config, which looks for a new one every second: in the answer to a probe, as Cloud Run sends them. */
async function openLane(cloud: LocalCloud): Promise<Lane> {
  const scene = await createReadyScene(cloud);
  const service = startService({ ...(await serviceEnvironment(cloud, scene)), RELOAD_SECONDS: '1' });
  ground.running.push(service);
  await service.logged((line) => line.message === 'config loaded');
  ground.probe(service);
  return { cloud, scene, service, host: sampleConfig.DB_HOST };
}

async function laneFor(fault: FaultCase): Promise<Lane> {
  // A clock is the whole cloud's.
  if (fault.clockOffsetSeconds) return openLane(await ground.startCloud());
  return free.pop() ?? openLane(ground.shared);
}

async function writeNext({ scene, service, host }: Lane): Promise<string> {
  const next = `next-${service.log.length}-${host.slice(-30)}`;
  await scene.put(await scene.encrypt({ ...sampleConfig, DB_HOST: next }));
  return next;
}

async function expectHost({ service }: Lane, host: string): Promise<void> {
  const response = await fetch(service.url);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain(`<td>${host}</td>`);
}

const of = (result: string) => faultCases.filter(({ run }) => run.result === result);

describe.concurrent('while it runs, the service', { timeout: 120_000 }, () => {
  it.each(of('heals'))('with $where, $what: keeps serving until it heals', async (fault) => {
    const lane = await laneFor(fault);
    const { cloud, scene, service } = lane;
    const begin = service.log.length;
    const putRight = await suffer(cloud, scene, fault);
    if (!fault.mistake) await writeNext(lane);
    const { error, severity } = await service.logged((line) => line.error !== undefined, begin);
    expect(severity).toBe('WARNING');
    expect(error).toMatchObject({ name: fault.run.error });
    await expectHost(lane, lane.host);
    const ready = await fetch(`${service.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: 'failing', generation: expect.any(String) });
    await putRight();
    lane.host = await writeNext(lane);
    await vi.waitFor(() => expectHost(lane, lane.host), patience);
    await service.logged((line) => line.message === 'config reload works again', begin);
    free.push(lane);
  });

  it.each(of('none'))('with $where, $what: takes a new config', async (fault) => {
    const lane = await laneFor(fault);
    const putRight = await suffer(lane.cloud, lane.scene, fault);
    lane.host = await writeNext(lane);
    await vi.waitFor(() => expectHost(lane, lane.host), patience);
    await putRight();
    if (lane.cloud === ground.shared) free.push(lane);
  });
});

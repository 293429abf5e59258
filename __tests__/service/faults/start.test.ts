import { describe, expect, it } from 'vitest';
import { createReadyScene } from '../../support/scene.ts';
import { serviceEnvironment, startService } from '../../support/service-process.ts';
import { type FaultCase, faultCases } from './matrix.ts';
import { suffer } from './suffer.ts';
import { faultGround } from './support.ts';

const ground = faultGround();

async function startWith(fault: FaultCase) {
  // A clock is the whole cloud's.
  const cloud = fault.clockOffsetSeconds ? await ground.startCloud() : ground.shared;
  const scene = await createReadyScene(cloud);
  const putRight = await suffer(cloud, scene, fault);
  const service = startService(await serviceEnvironment(cloud, scene));
  ground.running.push(service);
  return { scene, service, putRight };
}

const of = (result: string) => faultCases.filter(({ start }) => start.result === result);
const isLoaded = (line: { message: string }) => line.message === 'config loaded';

describe.concurrent('a start, with', { timeout: 120_000 }, () => {
  it.each(of('heals'))('$where, $what: is tried again until it heals', async (fault) => {
    const { service, putRight } = await startWith(fault);
    const { error, severity } = await service.logged((line) => line.error !== undefined);
    expect(severity).toBe('WARNING');
    expect(error).toMatchObject({ name: fault.start.error, retryable: true });
    expect((await fetch(service.url)).status).toBe(503);
    await putRight();
    await service.logged(isLoaded);
    expect((await fetch(service.url)).status).toBe(200);
    await service.kill();
  });

  it.each(of('ends'))('$where, $what: ends with the reason', async (fault) => {
    const { service } = await startWith(fault);
    expect(await service.ended).toBe(69);
    expect(service.log.at(-1)).toMatchObject({
      severity: 'CRITICAL',
      error: { name: fault.start.error, retryable: false, fix: expect.any(String) },
    });
  });

  it.each(of('none'))('$where, $what: has no effect', async (fault) => {
    const { service } = await startWith(fault);
    await service.logged(isLoaded);
    expect((await fetch(service.url)).status).toBe(200);
    await service.kill();
  });
});

import { TerraformStack } from 'cdktf';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NotServedError } from '../../../cli/secret/not-served.ts';
import { useGoogleProject } from '../../../constructs/google-project.ts';
import { EncryptionKey, ExistingBucket, RotationJob, ServiceIdentity } from '../../../constructs/index.ts';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { googleClients } from '../../../secrets/clients.ts';
import { ConflictError } from '../../../secrets/errors.ts';
import { listGenerations } from '../../../secrets/generations.ts';
import { synthesizeStack } from '../../constructs/support/synthesize.ts';
import { runs } from '../../support/property-runs.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import { liveConfig } from '../secret/support.ts';
import { Death, mortalRotator, run, secretOf, TokenServer, tokenRotator } from './support.ts';

/** How many runs are killed twice, at random operations. */
const { numRuns: KILLS } = runs(1);
/** One is killed at every so many operations; with `PROPERTY_RUNS=20` at every single one, before it and after. */
const STRIDE = Math.max(1, Math.ceil(19 / runs(1).numRuns));

let cloud: LocalCloud;
let scene: Scene;
let server: TokenServer;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
beforeEach(async () => {
  scene = await createReadyScene(cloud);
  server = new TokenServer();
  server.accepted.add(sampleConfig.DB_PASS);
});
afterAll(() => cloud?.close());

const current = async () => ((await liveConfig(scene)).config as typeof sampleConfig).DB_PASS;

/** Nothing is left beside the secret. */
async function isOver(): Promise<boolean> {
  const { bucket, object } = scene.reference;
  const [exists] = await scene.owner.storage.bucket(bucket).file(`${object}.rotation`).exists();
  return !exists;
}

/** One credential is accepted, it is the current one, and each other was retired once. */
async function endedWell(): Promise<void> {
  expect([...server.accepted]).toEqual([await current()]);
  expect([...server.retired.values()].every((times) => times === 1)).toBe(true);
  expect(await isOver()).toBe(true);
}

describe.each([true, false])('a rotation, old and new accepted side by side: %s', (overlaps) => {
  test('ends with the new credential, noted in history', async () => {
    const steps: string[] = [];
    const onStep = (step: string) => steps.push(step);
    await run(secretOf(cloud, scene), tokenRotator(server, overlaps), { onStep, reason: 'monthly' });
    expect(await current()).toMatch(/^canary-token-/);
    await endedWell();
    expect(steps).toEqual(
      overlaps
        ? ['create', 'test', 'switch', 'wait', 'retire']
        : ['switch', 'create', 'test', 'wait', 'retire'],
    );
    const [live] = await listGenerations(scene.owner, scene.reference);
    expect(live).toMatchObject({ rotationOf: 'DB_PASS', reason: 'monthly', isLive: true });
  });

  test('killed at one operation after the other: the next run ends it, and there always was a credential that works', async () => {
    for (let at = 1, isDone = false; !isDone; at += STRIDE) {
      for (const isAfter of STRIDE === 1 ? [false, true] : [at % 4 < 2]) {
        const death = new Death(at, isAfter);
        const dying = run(
          secretOf(cloud, scene, death),
          mortalRotator(tokenRotator(server, overlaps), death),
        );
        isDone = await dying.then(
          () => true,
          () => false,
        );
        if (!isDone && overlaps) expect(server.accepted).toContain(await current());
        if (!isDone) await run(secretOf(cloud, scene), tokenRotator(server, overlaps));
        await endedWell();
      }
      expect(at).toBeLessThan(200);
    }
  }, 120_000);

  test(`killed ${KILLS} times at random, and again while it goes on`, async () => {
    let seed = 42;
    // https://en.wikipedia.org/wiki/Linear_congruential_generator, the parameters of ANSI C
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    for (let kill = 0; kill < KILLS; kill += 1) {
      for (const operations of [40, 20]) {
        const death = new Death(1 + random(operations), random(2) === 1);
        const rotator = mortalRotator(tokenRotator(server, overlaps), death);
        await run(secretOf(cloud, scene, death), rotator).catch(() => {});
        if (overlaps) expect(server.accepted).toContain(await current());
      }
      await run(secretOf(cloud, scene), tokenRotator(server, overlaps));
      await endedWell();
    }
  }, 300_000);

  test.each(['create', 'test'] as const)('that fails at %s leaves everything as before', async (step) => {
    const rotator = { ...tokenRotator(server, overlaps), [step]: () => Promise.reject(new Error('canary')) };
    const failing = run(secretOf(cloud, scene), rotator);
    await expect(failing).rejects.toThrow(`failed at the step ${step}, and everything is as before`);
    await expect(failing).rejects.not.toThrow('canary');
    expect(await current()).toBe(sampleConfig.DB_PASS);
    expect([...server.accepted]).toEqual([sampleConfig.DB_PASS]);
    expect(await isOver()).toBe(true);
  });

  test('whose new revision does not come up is taken back', async () => {
    const generations: string[] = [];
    const untilServed = async (generation: string) => {
      generations.push(generation);
      if (generations.length === 1) throw new NotServedError('The revision did not come up.', true);
    };
    await expect(
      run(secretOf(cloud, scene), tokenRotator(server, overlaps), { untilServed }),
    ).rejects.toThrow('failed at the step wait, and everything is as before');
    expect(await current()).toBe(sampleConfig.DB_PASS);
    expect([...server.accepted]).toEqual([sampleConfig.DB_PASS]);
    // The old one, too, is waited for before the new one is invalidated.
    expect(generations).toHaveLength(2);
    await run(secretOf(cloud, scene), tokenRotator(server, overlaps));
    await endedWell();
  });
});

test('a new secret that is not served in time stays, with the old one valid, until the next run', async () => {
  const untilServed = async () => {
    throw new NotServedError('It takes too long.', false);
  };
  const rotator = tokenRotator(server);
  await expect(run(secretOf(cloud, scene), rotator, { untilServed })).rejects.toThrow('too long');
  expect(await current()).toMatch(/^canary-token/);
  expect([...server.accepted].sort()).toEqual([sampleConfig.DB_PASS, await current()].sort());
  const { wentOnWith } = await run(secretOf(cloud, scene), rotator);
  expect(wentOnWith).toMatchObject({ step: 'wait', key: 'DB_PASS' });
  await endedWell();
});

test('a credential that somebody else has set meanwhile is not retired', async () => {
  const own = { ...sampleConfig, DB_PASS: 'canary-third' };
  const rotator = tokenRotator(server);
  const test = async () => {
    server.accepted.add('canary-third');
    await scene.put(await scene.encrypt(own));
  };
  await expect(run(secretOf(cloud, scene), { ...rotator, test })).rejects.toThrow('somebody has set');
  expect(await current()).toBe('canary-third');
  expect([...server.accepted].sort()).toEqual(['canary-Pa55', 'canary-third']);
  expect(await isOver()).toBe(true);
});

test('another value that somebody has set meanwhile stays', async () => {
  const rotator = tokenRotator(server);
  const test = () => scene.encrypt({ ...sampleConfig, DB_HOST: 'other' }).then((bytes) => scene.put(bytes));
  await run(secretOf(cloud, scene), { ...rotator, test });
  expect(((await liveConfig(scene)).config as typeof sampleConfig).DB_HOST).toBe('other');
  await endedWell();
});

test('of two at once one wins, and the other says who', async () => {
  const [isWorking, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const rotator = tokenRotator(server);
  const test = async () => {
    isWorking.resolve();
    await mayGoOn.promise;
  };
  // The one beats often, the other is patient: however slow the machine is, it sees a beat.
  const first = run(secretOf(cloud, scene), { ...rotator, test }, { leaseMilliseconds: 400 });
  await isWorking.promise;
  const second = run(secretOf(cloud, scene), rotator, { leaseMilliseconds: 600_000 });
  await expect(second).rejects.toThrow(ConflictError);
  await expect(second).rejects.toThrow(
    /^operator@example\.com is rotating DB_PASS of .* \(at the step test\)/,
  );
  mayGoOn.resolve();
  await first;
  await endedWell();
}, 60_000);

test('the account of a RotationJob may do all of it, and the local cloud takes the job', async () => {
  const { reference } = scene;
  const { json } = synthesizeStack((app) => {
    const stack = new TerraformStack(app, 'rotation');
    useGoogleProject(stack, { projectId: cloud.projectId, region: 'us-central1' });
    new RotationJob(stack, 'rotation', {
      name: 'rotate-db-pass',
      projectId: cloud.projectId,
      location: 'us-central1',
      image: 'example.com/rotate:1',
      rotator: './rotator.ts',
      secretKey: 'DB_PASS',
      schedule: '0 3 1 * *',
      waitSeconds: 1900,
      identity: new ServiceIdentity(stack, 'rotator', { accountId: 'rotator', displayName: 'Rotator' }),
      bucket: new ExistingBucket(stack, 'bucket', { name: reference.bucket }),
      objectName: reference.object,
      key: new EncryptionKey(stack, 'key', { keyId: reference.key }),
      environment: { PGHOST: '10.0.0.2' },
    });
    return stack;
  });
  await cloud.apply({ ...json });
  const accessToken = cloud.tokenFor(`serviceAccount:rotator@${cloud.projectId}.iam.gserviceaccount.com`);
  const owner = await googleClients({ endpoint: cloud.url, accessToken });
  await run(secretOf(cloud, { ...scene, owner }), tokenRotator(server));
  await endedWell();
});

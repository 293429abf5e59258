import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { getService } from '../../../cli/checks/cloud-apis.ts';
import type { Deployment } from '../../../cli/checks/deployment.ts';
import { afterWrite } from '../../../cli/commands/after-write.ts';
import type { OpenSecret } from '../../../cli/secret/open.ts';
import { waitUntilServed } from '../../../cli/secret/served.ts';
import { writeSecret } from '../../../cli/secret/write.ts';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { listGenerations, liveGeneration } from '../../../secrets/generations.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import { ask, deploymentOf, runService, serviceImage } from '../checks/support.ts';
import { secretOf } from '../rotation/support.ts';
import { liveConfig } from './support.ts';

let cloud: LocalCloud;
let scene: Scene;
let deployment: Deployment;
let secret: OpenSecret;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project', images: { service: serviceImage } });
});
beforeEach(async () => {
  scene = await createReadyScene(cloud);
  deployment = deploymentOf(cloud, scene);
  const { cwd, declared } = deployment;
  const environment = {
    ...deployment.environment,
    CLOUDSDK_AUTH_ACCESS_TOKEN: cloud.tokenFor(cloud.owner),
  };
  const io = { environment, cwd, stdout: new PassThrough(), stderr: new PassThrough() };
  secret = {
    ...secretOf(cloud, scene),
    name: 'config',
    declared,
    io: io as unknown as OpenSecret['io'],
  };
});
afterAll(() => cloud?.close());

const start = (reload: string) =>
  runService(cloud, deployment, { variables: { RELOAD_SECONDS: reload }, timeout: '1s' });

async function write(config: object) {
  const before = await liveGeneration(scene.owner, scene.reference);
  return writeSecret(secret, Buffer.from(JSON.stringify(config)), before);
}

/** The generation that the service says it has. */
async function served(): Promise<unknown> {
  const { uri = '' } = await getService(deployment);
  const { token } = (await (
    await ask(cloud, 'POST', '/local/v1/identity-tokens', { audience: uri })
  ).json()) as { token: string };
  const answer = await fetch(`${uri}/health/ready`, { headers: { authorization: `Bearer ${token}` } });
  return ((await answer.json()) as { generation?: unknown }).generation;
}

test('a new revision has the new secret when the waiting is over', async () => {
  await start('86400');
  const { generation } = await write({ ...sampleConfig, DB_HOST: 'other' });
  expect(await served()).not.toBe(generation);
  await waitUntilServed(secret, generation, { by: 'revision' });
  expect(await served()).toBe(generation);
  const { template } = await getService(deployment);
  expect(template.labels).toEqual({ 'secret-generation': generation });
}, 120_000);

test('every instance has looked when the waiting is over', async () => {
  await start('1');
  const { generation } = await write({ ...sampleConfig, DB_HOST: 'other' });
  await waitUntilServed(secret, generation, { by: 'reload' });
  expect(await served()).toBe(generation);
}, 120_000);

test('a revision that does not come up is said, and the old secret comes back when asked for', async () => {
  await start('86400');
  const before = await liveGeneration(scene.owner, scene.reference);
  // Not what the schema of the service allows.
  await scene.put(await scene.encrypt({ DB_HOST: 'h' }));
  const generation = await liveGeneration(scene.owner, scene.reference);
  const waiting = afterWrite(
    secret.io,
    { wait: 'revision', orRollback: true },
    { secret, generation, replaced: before },
  );
  await expect(waiting).rejects.toThrow(/did not come up: .*It was taken back/s);
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);
  const [live] = await listGenerations(scene.owner, scene.reference);
  expect(live).toMatchObject({ copyOf: before, reason: 'it was not served in time' });
  expect(await served()).toBe(before);
}, 120_000);

test('a time limit ends the waiting, and nothing is said to be served', async () => {
  await start('86400');
  const { generation, replaced } = await write({ ...sampleConfig, DB_HOST: 'other' });
  const waiting = afterWrite(secret.io, { wait: true, timeLimit: 0 }, { secret, generation, replaced });
  await expect(waiting).rejects.toThrow('it is not known that every instance has it');
  expect((await liveConfig(scene)).generation).toBe(generation);
}, 120_000);

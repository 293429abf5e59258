import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Finding, lookAt } from '../../../cli/checks/check.ts';
import { noOlderLives } from '../../../cli/checks/newest.ts';
import { newestLabel, noteNewest, readNewest } from '../../../cli/secret/newest.ts';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { listGenerations } from '../../../secrets/generations.ts';
import { writeObject } from '../../../secrets/object-write.ts';
import { createReadyScene, type Scene } from '../../support/scene.ts';
import { deploymentOf, lookedAtBy } from './support.ts';

let cloud: LocalCloud;
let scene: Scene;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
afterAll(() => cloud?.close());
beforeEach(async () => {
  scene = await createReadyScene(cloud);
});

const look = (deployment = deploymentOf(cloud, scene)): Promise<Finding> =>
  lookAt(noOlderLives.name, () => noOlderLives.look(deployment));

/** Notes what is live as the newest. */
async function note(): Promise<string> {
  const [live] = await listGenerations(scene.owner, scene.reference);
  if (!live) throw new Error('nothing is live');
  expect(await noteNewest(scene.owner, scene.reference, live)).toBe(true);
  return live.generation;
}

/** Writes as the command line does. */
const write = (text: string, expected: string) =>
  writeObject(scene.owner, scene.reference, { bytes: Buffer.from(text), keyVersion: undefined }, expected);

test('the newest config that was ever written holds', async () => {
  const generation = await note();
  expect(await look()).toMatchObject({
    state: 'holds',
    text: expect.stringContaining(`${generation} is generation ${generation}`),
  });
});

test('what was written in its place holds, whether that could be noted or not', async () => {
  const generation = await note();
  const next = await write('newer', generation);
  await write('newest', next);
  expect(await look()).toMatchObject({
    state: 'holds',
    text: expect.stringMatching(`was written in the place of generation ${generation}`),
  });
});

test('an old file that a deployment uploads does not, although it is the newest generation', async () => {
  const first = await note();
  const newest = await write('newer', first);
  const fingerprint = (await listGenerations(scene.owner, scene.reference))[0]?.fingerprint ?? '';
  await noteNewest(scene.owner, scene.reference, { generation: newest, fingerprint });
  await scene.put(Buffer.from('what Terraform has'));
  expect(await look()).toMatchObject({
    state: 'broken',
    text: expect.stringMatching(
      `is live, which was not written in the place of the newest config that was ever written: generation ${newest}`,
    ),
    fix: `npx cloud-run-identity rollback --to ${newest}`,
  });
});

test('a first config does not, in a bucket that was made anew: the key remembers more than the bucket', async () => {
  await noteNewest(scene.owner, scene.reference, { generation: '1700000000000000', fingerprint: '0badc0de' });
  expect(await look()).toMatchObject({
    state: 'broken',
    fix: 'npx cloud-run-identity put config.json, with the newest config',
  });
});

test('a copy of an old generation does not, with all that its writer noted', async () => {
  const first = await note();
  const second = await write('second', first);
  const third = await write('third', second);
  const [live] = await listGenerations(scene.owner, scene.reference);
  if (live) await noteNewest(scene.owner, scene.reference, live);
  const { bucket, object } = scene.reference;
  const files = scene.owner.storage.bucket(bucket);
  await files.file(object, { generation: second }).copy(files.file(object));
  expect(await look()).toMatchObject({
    state: 'broken',
    fix: `npx cloud-run-identity rollback --to ${third}`,
  });
});

test('nothing is proven where nobody noted anything, or it may not be seen', async () => {
  expect(await look()).toMatchObject({ state: 'not proven', fix: 'npx cloud-run-identity deploy' });
  await note();
  const stranger = await lookedAtBy(
    cloud,
    deploymentOf(cloud, scene),
    cloud.tokenFor('user:stranger@example.com'),
  );
  expect(await look(stranger)).toMatchObject({
    state: 'not proven',
    text: expect.stringMatching(/^not looked at: /),
  });
});

test('the note is a label that Cloud KMS takes, beside those of others, of each object', async () => {
  const { key } = scene.reference;
  await scene.owner.kms.updateCryptoKey({
    cryptoKey: { name: key, labels: { team: 'orders' } },
    updateMask: { paths: ['labels'] },
  });
  const newest = { generation: '9'.repeat(19), fingerprint: '00000001' };
  await noteNewest(scene.owner, { key, object: 'a'.repeat(1024) }, newest);
  await noteNewest(scene.owner, { key, object: 'ä/../b' }, { ...newest, generation: '1' });
  const [{ labels }] = await scene.owner.kms.getCryptoKey({ name: key });
  expect(labels).toEqual({
    team: 'orders',
    [newestLabel('a'.repeat(1024))]: `${'9'.repeat(19)}_00000001`,
    [newestLabel('ä/../b')]: '1_00000001',
  });
  expect(await readNewest(scene.owner, { key, object: 'a'.repeat(1024) })).toEqual(newest);
});

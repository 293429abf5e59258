import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { encrypt } from '../../../secrets/cipher.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import { ask } from '../checks/support.ts';
import { createOperator, eachOperator, liveConfig, type Operator } from './support.ts';

let cloud: LocalCloud;
let scene: Scene;
let operator: Operator;

eachOperator((made) => {
  ({ cloud, scene, operator } = made);
});

async function versions(): Promise<Record<string, string>> {
  const answer = await ask(cloud, 'GET', `/kms/v1/${scene.reference.key}/cryptoKeyVersions`);
  const { cryptoKeyVersions } = (await answer.json()) as {
    cryptoKeyVersions: { name: string; state: string }[];
  };
  return Object.fromEntries(cryptoKeyVersions.map(({ name, state }) => [name.split('/').at(-1), state]));
}

test('makes a primary version, encrypts the config with it, and keeps older versions', async () => {
  const before = await liveConfig(scene);
  const { code, stdout } = await operator.run(['rotate-key', '--json']);
  expect(code).toBe(0);
  const after = await liveConfig(scene);
  const keyVersion = `${scene.reference.key}/cryptoKeyVersions/2`;
  expect(JSON.parse(stdout)).toMatchObject({ generation: after.generation, keyVersion, disabled: [] });
  expect(after.config).toEqual(before.config);
  expect(after.generation).not.toBe(before.generation);
  expect(await versions()).toEqual({ 1: 'ENABLED', 2: 'ENABLED' });
  // The rotated config needs the new version alone; a rollback still has the old one.
  await scene.disableKeyVersion();
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);
});

test('disables older versions when nothing needs them any more', async () => {
  const url = `gs://${scene.reference.bucket}/${scene.reference.object}#${(await liveConfig(scene)).generation}`;
  const refused = await operator.run(['rotate-key', '--disable-old']);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`${url} may need them`) });
  expect(refused.stderr).toContain('--give-up-generations');
  expect(await versions()).toEqual({ 1: 'ENABLED', 2: 'ENABLED' });
  const { code, stdout } = await operator.run(['rotate-key', '--disable-old', '--give-up-generations']);
  expect(code).toBe(0);
  expect(stdout).toContain(`Disabled ${scene.reference.key}/cryptoKeyVersions/1\n`);
  expect(await versions()).toEqual({ 1: 'DISABLED', 2: 'DISABLED', 3: 'ENABLED' });
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);
});

test('keeps older versions that another live object needs, whatever its metadata says', async () => {
  const { ciphertext } = await encrypt(scene.owner, scene.reference.key, Buffer.from('{}'));
  const bucket = scene.owner.storage.bucket(scene.reference.bucket);
  await bucket.file('other.enc').save(ciphertext, { resumable: false });
  await bucket.file('unrelated').save('text', { resumable: false });
  const { code, stderr } = await operator.run(['rotate-key', '--disable-old', '--give-up-generations']);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('/other.enc') });
  expect(stderr).not.toContain('/unrelated');
  expect(await versions()).toEqual({ 1: 'ENABLED', 2: 'ENABLED' });
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);
});

test('does not lose what somebody else writes meanwhile', async () => {
  const rotating = operator.run(['rotate-key']);
  const written = { ...sampleConfig, DB_HOST: 'written-meanwhile' };
  const writes = Array.from({ length: 3 }, () =>
    operator.run(['put', '-'], { stdin: JSON.stringify(written) }),
  );
  const outcomes = await Promise.all([rotating, ...writes]);
  expect(outcomes.map(({ code }) => code)).toSatisfy((codes: number[]) =>
    codes.every((code) => code % 3 === 0),
  );
  // Who was told of a conflict has not written; who was not, has, whether before the rotation or after it.
  const hasWritten = outcomes.slice(1).some(({ code }) => code === 0);
  expect((await liveConfig(scene)).config).toEqual(hasWritten ? written : sampleConfig);
});

test.each([
  [
    'the config is not valid',
    async () => scene.put(await scene.encrypt({ DB_HOST: 'x' })),
    /DB_PASS is missing/,
  ],
  [
    'the ciphertext is of another key',
    async () => scene.put(await scene.encrypt('{}', await scene.createKey())),
    /not made with/,
  ],
])('makes no version when %s', async (_, breakIt, message) => {
  await breakIt();
  const { code, stderr } = await operator.run(['rotate-key']);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
  expect(await versions()).toEqual({ 1: 'ENABLED' });
});

test('says which permission somebody lacks', async () => {
  const { code, stderr } = await operator.run(['rotate-key'], { member: scene.member });
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cryptoKeyVersions.create'),
  });
  expect(stderr).toContain('roles/cloudkms.admin');
});

describe('while Cloud KMS still takes the former version for the primary one', () => {
  let slow: LocalCloud;
  let behind: Scene;
  let person: Operator;

  beforeAll(async () => {
    slow = await startLocalCloud({ keyPropagationSeconds: 86_400 });
    behind = await createReadyScene(slow);
    person = await createOperator(slow, behind);
  });
  afterAll(async () => {
    await person.close();
    await slow.close();
  });

  test('the new one is told from it by what was encrypted', async () => {
    const { bucket, key } = behind.reference;
    const { ciphertext } = await encrypt(behind.owner, key, Buffer.from('{}'));
    const lying = { metadata: { 'kms-key-version': `${key}/cryptoKeyVersions/2` } };
    const other = behind.owner.storage.bucket(bucket).file('other.enc');
    await other.save(ciphertext, { resumable: false, metadata: lying });
    const disabling = ['rotate-key', '--disable-old', '--give-up-generations'];
    const refused = await person.run(disabling);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('/other.enc may need them') });
    const all = ['--all', '--bucket', bucket, '--kms-key', key, '--json'];
    const { code, stdout } = await person.runPlainly([...disabling, ...all]);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({
      code: 0,
      secrets: [{ state: 'was encrypted already' }, { state: 'encrypted' }],
      disabled: [`${key}/cryptoKeyVersions/1`],
    });
    expect((await liveConfig(behind)).config).toEqual(sampleConfig);
  });
});

describe('--all', () => {
  /** Objects of the bucket besides config.enc, each encrypted with the scene's key. */
  async function putObjects(...names: string[]): Promise<void> {
    const bucket = scene.owner.storage.bucket(scene.reference.bucket);
    for (const name of names) {
      const { ciphertext } = await encrypt(scene.owner, scene.reference.key, Buffer.from(name));
      await bucket.file(name).save(ciphertext, { resumable: false });
    }
  }

  const rotateAll = (...args: string[]) => {
    const { bucket, key } = scene.reference;
    return operator.runPlainly([
      'rotate-key',
      '--all',
      '--bucket',
      bucket,
      '--kms-key',
      key,
      '--json',
      ...args,
    ]);
  };

  const statesOf = (stdout: string) =>
    Object.fromEntries(
      (JSON.parse(stdout).secrets as { url: string; state: string; keyVersion?: string }[]).map((one) => [
        one.url.split('/').at(-1),
        `${one.state} ${one.keyVersion?.split('/').at(-1)}`,
      ]),
    );

  test('encrypts every object of a bucket with a new version, and does nothing the second time', async () => {
    await putObjects('tls.enc', 'token.enc');
    const { code, stdout } = await rotateAll('--disable-old', '--give-up-generations');
    expect(code).toBe(0);
    const all = { 'config.enc': 'encrypted 2', 'tls.enc': 'encrypted 2', 'token.enc': 'encrypted 2' };
    expect(statesOf(stdout)).toEqual(all);
    expect(await versions()).toEqual({ 1: 'DISABLED', 2: 'ENABLED' });
    expect((await liveConfig(scene)).config).toEqual(sampleConfig);
    const again = await rotateAll();
    expect(new Set(Object.values(statesOf(again.stdout)))).toEqual(new Set(['was encrypted already 2']));
    expect(await versions()).toEqual({ 1: 'DISABLED', 2: 'ENABLED' });
  });

  test('goes on where it was stopped, without another version', async () => {
    await putObjects('tls.enc', 'token.enc');
    await operator.run(['rotate-key']);
    expect(statesOf((await rotateAll()).stdout)).toEqual({
      'config.enc': 'was encrypted already 2',
      'tls.enc': 'encrypted 2',
      'token.enc': 'encrypted 2',
    });
    expect(await versions()).toEqual({ 1: 'ENABLED', 2: 'ENABLED' });
  });

  test('of the settings takes every secret of every service, and says what is not there', async () => {
    const [, ring = '', keyName = ''] =
      /keyRings\/([^/]+)\/cryptoKeys\/(.+)$/.exec(scene.reference.key) ?? [];
    const services = [{ name: 'orders', objectName: 'config.enc', keyName, secrets: [{ name: 'tls' }] }];
    const outcome = await operator.runWithSettings(['rotate-key', '--all'], {
      environment: {
        GCS_BUCKET_NAME: scene.reference.bucket,
        GCP_KMS_KEYRING: ring,
        GCP_SERVICES: JSON.stringify(services),
      },
    });
    expect(outcome.stdout).toMatch(/^1 of 2 {2}gs:\/\/\S+\/config\.enc encrypted with version 2$/m);
    expect(outcome).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^2 of 2 {2}gs:\/\/\S+\/orders-tls\.enc is not there$/m),
    });
  });

  test('of a bucket needs the key', async () => {
    const { code, stderr } = await operator.runPlainly(['rotate-key', '--all', '--bucket', 'b']);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('--kms-key, too') });
  });
});

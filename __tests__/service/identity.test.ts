import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { createReadyScene, type Scene, sampleConfig } from '../support/scene.ts';

let cloud: LocalCloud;
let scene: Scene;
let other: Scene;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
  [scene, other] = await Promise.all([createReadyScene(cloud), createReadyScene(cloud)]);
});
afterAll(() => cloud.close());

/** What the service's identity does with Google's official clients. */
const bucket = (of = scene) => scene.service.storage.bucket(of.reference.bucket);
const decryptWith = (key: string, ciphertext: Buffer) => scene.service.kms.decrypt({ name: key, ciphertext });

describe('the identity of a service', () => {
  it('reads its one object and decrypts it with its one key', async () => {
    const [ciphertext] = await bucket().file('config.enc').download();
    const [{ plaintext }] = await decryptWith(scene.reference.key, ciphertext);
    expect(JSON.parse(Buffer.from(plaintext as Uint8Array).toString())).toEqual(sampleConfig);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['read another object of its bucket', () => bucket().file('other').download()],
    ['list its bucket', () => bucket().getFiles()],
    ['read the metadata of its bucket', () => bucket().getMetadata()],
    ['read the policy of its bucket', () => bucket().iam.getPolicy()],
    ['write its object', () => bucket().file('config.enc').save('x', { resumable: false })],
    ['write another object', () => bucket().file('other').save('x', { resumable: false })],
    ['delete its object', () => bucket().file('config.enc').delete()],
    ['read the object of another service', () => bucket(other).file('config.enc').download()],
  ])('may not %s', async (_name, attempt) => {
    await scene.owner.storage.bucket(scene.reference.bucket).file('other').save('x', { resumable: false });
    await expect(attempt()).rejects.toMatchObject({ code: 403 });
  });

  it('may not encrypt with its key', async () => {
    const { key: name } = scene.reference;
    const encrypting = scene.service.kms.encrypt({ name, plaintext: Buffer.from('x') });
    await expect(encrypting).rejects.toMatchObject({ code: 7 });
  });

  it('may not decrypt with the key of another service', async () => {
    const [ciphertext] = await other.service.storage
      .bucket(other.reference.bucket)
      .file('config.enc')
      .download();
    await expect(decryptWith(other.reference.key, ciphertext)).rejects.toMatchObject({ code: 7 });
  });

  it('may not look at its key', async () => {
    const { key: name } = scene.reference;
    await expect(scene.service.kms.getCryptoKey({ name })).rejects.toMatchObject({ code: 7 });
  });
});

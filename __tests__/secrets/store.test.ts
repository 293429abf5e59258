import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { IntegrityError, NotFoundError, TransferError } from '../../secrets/errors.ts';
import { formatOf, listGenerations } from '../../secrets/generations.ts';
import { seal } from '../../secrets/seal.ts';
import { maxObjectBytes, readObject } from '../../secrets/store.ts';
import { createScene, type Scene } from '../support/scene.ts';
import { damagingWire, flippedLastBit, type Wire } from '../support/wire.ts';
import { transports } from './support/transports.ts';

let cloud: LocalCloud;
let scene: Scene;
const wires: Wire[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
afterEach(() => Promise.all(wires.splice(0).map((wire) => wire.close())));
afterAll(() => cloud.close());

async function sceneWith(bytes: Buffer, keyVersion?: string): Promise<Scene> {
  scene = await createScene(cloud);
  await Promise.all([scene.grantRead(), scene.put(bytes, keyVersion)]);
  return scene;
}

/** The request that brings the bytes. */
const isDownload = (path: string) => path.includes('alt=media') || !path.startsWith('/storage/');

describe.each(transports)('readObject by $name', ({ open }) => {
  const asService = ({ member }: Scene) => open(cloud.url, cloud.tokenFor(member));

  it('gives bytes, generation and the noted key version, as the service identity', async () => {
    const scene = await sceneWith(Buffer.from([0, 255, 10]), 'projects/p/1');
    const { owner, reference } = scene;
    const object = await readObject(await asService(scene), reference.bucket, reference.object);
    const [metadata] = await owner.storage.bucket(reference.bucket).file(reference.object).getMetadata();
    expect([...object.bytes]).toEqual([0, 255, 10]);
    expect(object.generation).toBe(String(metadata.generation));
    expect(object.keyVersion).toBe('projects/p/1');
  });

  it('gives the newest version, and no key version where none is noted', async () => {
    const scene = await sceneWith(Buffer.from('old'));
    const { reference, put } = scene;
    await put(Buffer.from('new'));
    const object = await readObject(await asService(scene), reference.bucket, reference.object);
    expect(object.bytes.toString()).toBe('new');
    expect(object.keyVersion).toBeUndefined();
  });

  it('does not mix two versions when the object is written between its two requests', async () => {
    const { reference, put, member } = await sceneWith(Buffer.from('old'));
    const pending: Promise<void>[] = [];
    const writeAfterMetadata = (path: string, body: Buffer) => {
      if (!path.includes('alt=media') && pending.length === 0) pending.push(put(Buffer.from('new')));
      return body;
    };
    const wire = await damagingWire(cloud.url, { response: writeAfterMetadata });
    wires.push(wire);
    const apis = await open(wire.url, cloud.tokenFor(member));
    expect((await readObject(apis, reference.bucket, reference.object)).bytes.toString()).toBe('old');
    await Promise.all(pending);
  });

  it('notices bytes that were damaged on the way', async () => {
    const { reference, member } = await sceneWith(Buffer.from('ciphertext'));
    let damaged = 0;
    const response = (path: string, body: Buffer) => {
      if (!isDownload(path)) return body;
      damaged += 1;
      return flippedLastBit(body);
    };
    const wire = await damagingWire(cloud.url, { response });
    wires.push(wire);
    const apis = await open(wire.url, cloud.tokenFor(member));
    await expect(readObject(apis, reference.bucket, reference.object)).rejects.toThrow(TransferError);
    expect(damaged).toBe(3);
  });

  it('does not load what is too large for a ciphertext', async () => {
    const scene = await sceneWith(Buffer.alloc(maxObjectBytes + 1));
    const { reference } = scene;
    await expect(readObject(await asService(scene), reference.bucket, reference.object)).rejects.toThrow(
      IntegrityError,
    );
  });

  it('says that an object or a bucket does not exist', async () => {
    const { reference } = await createScene(cloud);
    const owner = await open(cloud.url, cloud.tokenFor(cloud.owner));
    await expect(readObject(owner, reference.bucket, 'missing')).rejects.toThrow(NotFoundError);
    await expect(readObject(owner, 'no-such-bucket-7f3a', 'x')).rejects.toThrow(
      'bucket of gs://no-such-bucket-7f3a/x',
    );
  });
});

it('how a generation is encrypted is told of one that is stored with gzip, too', async () => {
  const { reference, owner } = await createScene(cloud);
  const { bucket, object } = reference;
  const plaintext = Buffer.from('secret');
  const { bytes } = await seal(owner, reference, plaintext, { format: 'envelope' });
  for (const gzip of [false, true]) {
    await owner.storage.bucket(bucket).file(object).save(bytes, { gzip, resumable: false });
    const [live] = await listGenerations(owner, reference);
    expect(await formatOf(owner, reference, live?.generation ?? '')).toBe('envelope');
  }
});

it('a listing that is refused is a missing grant, and no missing object', async () => {
  const { reference, service } = await createScene(cloud);
  const listing = listGenerations(service, reference);
  await expect(listing).rejects.toThrow(
    /lacks storage\.objects\.list on gs:.*--role=roles\/storage\.objectUser/,
  );
});

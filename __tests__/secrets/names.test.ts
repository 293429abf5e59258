import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { formatReference, parseReference } from '../../secrets/reference.ts';
import { readObject } from '../../secrets/store.ts';
import { createScene, type Scene } from '../support/scene.ts';
import { transports } from './support/transports.ts';

let cloud: LocalCloud;
let scene: Scene;
beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
  scene = await createScene(cloud);
});
afterAll(() => cloud?.close());

const names = [
  'a/./b.enc',
  'a/../b.enc',
  'configs//prod.enc',
  '/leading.enc',
  'trailing/',
  '100%25.enc',
  'ä?key=projects/x&format=text.enc',
  `team a/o'brien + "co" #1/é😀 [x]=?&,.enc`,
];

describe.each(transports)('a name is a name, by $name', ({ open }) => {
  it.each(names)('%s', async (name) => {
    const { bucket, key } = scene.reference;
    const bytes = Buffer.from(`bytes of ${name}`);
    await scene.owner.storage.bucket(bucket).file(name).save(bytes, { resumable: false });
    const apis = await open(cloud.url, cloud.tokenFor(cloud.owner));
    expect((await readObject(apis, bucket, name)).bytes.equals(bytes)).toBe(true);
    const reference = { bucket, object: name, key, format: 'text' } as const;
    expect(parseReference(formatReference(reference))).toEqual(reference);
  });
});

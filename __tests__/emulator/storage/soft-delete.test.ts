import { expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { newBucket, PRIVATE_BUCKET, send, storageAs, upload } from './support.ts';

let now = new Date('2026-01-01T00:00:00Z');
const local = localCloud({ now: () => now });
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;
const UNVERSIONED = { ...PRIVATE_BUCKET, versioning: { enabled: false } };
const deletedIn = async (bucket: string) =>
  (await local.call('GET', `/storage/v1/b/${bucket}/o?softDeleted=true`)).body.items ?? [];
const restore = (bucket: string, generation: string, query = '') =>
  local.call('POST', `/storage/v1/b/${bucket}/o/a/restore?generation=${generation}${query}`);

it('what was deleted or replaced is listed, and can be restored, for as long as the bucket says', async () => {
  const bucket = await newBucket(local.cloud, UNVERSIONED);
  const { generation } = (await upload(local.cloud, bucket, 'a', 'one')).body;
  await upload(local.cloud, bucket, 'a', 'two');
  expect(await deletedIn(bucket)).toMatchObject([
    {
      name: 'a',
      generation,
      softDeleteTime: now.toISOString(),
      hardDeleteTime: new Date(now.getTime() + 7 * DAY_MILLISECONDS).toISOString(),
    },
  ]);
  const storage = await storageAs(local.cloud);
  const [files] = await storage.bucket(bucket).getFiles({ softDeleted: true });
  expect(files.map(({ name }) => name)).toEqual(['a']);
  await local.call('DELETE', `/storage/v1/b/${bucket}/o/a`);
  expect(await deletedIn(bucket)).toHaveLength(2);
  const one = `/storage/v1/b/${bucket}/o/a?generation=${generation}`;
  expect((await local.call('GET', one)).status).toBe(404);
  expect((await local.call('GET', `${one}&softDeleted=true`)).body).toMatchObject({ generation, size: '3' });
  const restored = await restore(bucket, generation);
  expect(Number(restored.body.generation)).toBeGreaterThan(Number(generation));
  expect(await (await send(local.cloud, 'GET', `/storage/v1/b/${bucket}/o/a?alt=media`)).text()).toBe('one');
  expect((await restore(bucket, generation, '&ifGenerationMatch=0')).status).toBe(412);
  now = new Date(now.getTime() + 7 * DAY_MILLISECONDS);
  expect(await deletedIn(bucket)).toEqual([]);
  expect((await restore(bucket, generation)).status).toBe(404);
});

it('a generation that was deleted by its number is one of them; none is where the policy has no days', async () => {
  const bucket = await newBucket(local.cloud);
  const { generation } = (await upload(local.cloud, bucket, 'a', 'one')).body;
  await local.call('DELETE', `/storage/v1/b/${bucket}/o/a`);
  expect(await deletedIn(bucket)).toEqual([]);
  await local.call('DELETE', `/storage/v1/b/${bucket}/o/a?generation=${generation}`);
  expect(await deletedIn(bucket)).toHaveLength(1);
  expect((await local.call('DELETE', `/storage/v1/b/${bucket}`)).status).toBe(204);
  const off = await newBucket(local.cloud, {
    ...UNVERSIONED,
    softDeletePolicy: { retentionDurationSeconds: '0' },
  });
  await upload(local.cloud, off, 'a', 'one');
  await local.call('DELETE', `/storage/v1/b/${off}/o/a`);
  expect(await deletedIn(off)).toEqual([]);
});

it('is refused without a generation, together with versions, and to who may not restore', async () => {
  const bucket = await newBucket(local.cloud, UNVERSIONED);
  const { generation } = (await upload(local.cloud, bucket, 'a', 'one')).body;
  await local.call('DELETE', `/storage/v1/b/${bucket}/o/a`);
  expect((await restore(bucket, '')).status).toBe(400);
  const both = `/storage/v1/b/${bucket}/o?softDeleted=true&versions=true`;
  expect((await local.call('GET', both)).status).toBe(400);
  const path = `/storage/v1/b/${bucket}/o/a/restore?generation=${generation}`;
  expect((await local.call('POST', path, { as: 'user:nobody@example.com' })).status).toBe(403);
});

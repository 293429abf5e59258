import { describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { newBucket, PRIVATE_BUCKET, storageAs, upload } from './support.ts';

const local = localCloud();
const listed = async (bucket: string, query = '') => {
  const { body } = await local.call('GET', `/storage/v1/b/${bucket}/o?versions=true${query}`);
  return (body.items ?? []) as { name: string; generation: string; timeDeleted?: string }[];
};

describe('generations', () => {
  it('grow with every write, even within one microsecond', async () => {
    const bucket = await newBucket(local.cloud);
    const uploads = await Promise.all(
      Array.from({ length: 20 }, () => upload(local.cloud, bucket, 'o', 'x')),
    );
    const generations = uploads.map(({ body }) => Number(body.generation));
    expect(new Set(generations).size).toBe(20);
    expect(Math.min(...generations)).toBeGreaterThan(1e15);
    const [live] = (await listed(bucket)).filter(({ timeDeleted }) => timeDeleted === undefined);
    expect(Number(live?.generation)).toBe(Math.max(...generations));
  });

  it('stay readable when overwritten and when deleted, where versions are kept', async () => {
    const bucket = await newBucket(local.cloud);
    const { body: first } = await upload(local.cloud, bucket, 'o', 'first');
    const { body: second } = await upload(local.cloud, bucket, 'o', 'second');
    await local.call('DELETE', `/storage/v1/b/${bucket}/o/o`);
    const file = (generation: string) =>
      storageAs(local.cloud).then((s) => s.bucket(bucket).file('o', { generation }));
    expect((await (await file(first.generation)).download()).toString()).toBe('first');
    expect((await (await file(second.generation)).download()).toString()).toBe('second');
    expect((await local.call('GET', `/storage/v1/b/${bucket}/o/o`)).status).toBe(404);
    const versions = await listed(bucket);
    expect(versions.map(({ generation }) => generation)).toEqual([first.generation, second.generation]);
    expect(versions.every(({ timeDeleted }) => timeDeleted)).toBe(true);
  });

  it('are gone when overwritten or deleted where versions are not kept', async () => {
    const bucket = await newBucket(local.cloud, { ...PRIVATE_BUCKET, versioning: { enabled: false } });
    const { body: first } = await upload(local.cloud, bucket, 'o', 'first');
    await upload(local.cloud, bucket, 'o', 'second');
    expect(
      (await local.call('GET', `/storage/v1/b/${bucket}/o/o?generation=${first.generation}`)).status,
    ).toBe(404);
    await local.call('DELETE', `/storage/v1/b/${bucket}/o/o`);
    expect(await listed(bucket)).toEqual([]);
  });

  it('are deleted for good one by one', async () => {
    const bucket = await newBucket(local.cloud);
    const { body: first } = await upload(local.cloud, bucket, 'o', 'first');
    const { body: second } = await upload(local.cloud, bucket, 'o', 'second');
    await local.call('DELETE', `/storage/v1/b/${bucket}/o/o?generation=${first.generation}`);
    expect((await listed(bucket)).map(({ generation }) => generation)).toEqual([second.generation]);
    expect((await local.call('DELETE', `/storage/v1/b/${bucket}/o/o?generation=1`)).status).toBe(404);
  });

  it('beyond numNewerVersions are deleted when a new one arrives, others than that name are kept', async () => {
    const rule = { action: { type: 'Delete' }, condition: { isLive: false, numNewerVersions: 2 } };
    const bucket = await newBucket(local.cloud, { ...PRIVATE_BUCKET, lifecycle: { rule: [rule] } });
    const { body: other } = await upload(local.cloud, bucket, 'other', 'x');
    const writes = [];
    for (const content of ['1', '2', '3', '4'])
      writes.push((await upload(local.cloud, bucket, 'o', content)).body.generation);
    const kept = (await listed(bucket)).map(({ generation }) => generation);
    expect(kept).toEqual([...writes.slice(2), other.generation]);
  });

  it('come back by a copy, with their metadata', async () => {
    const bucket = await newBucket(local.cloud);
    const client = (await storageAs(local.cloud)).bucket(bucket);
    const metadata = { contentType: 'text/x-secret', metadata: { 'kms-key-version': 'k/1' } };
    await client.file('o').save('first', { resumable: false, metadata });
    const [{ generation = '' }] = await client.file('o').getMetadata();
    await client.file('o').save('second', { resumable: false });
    await client.file('o', { generation }).copy(client.file('o'));
    expect((await client.file('o').download()).toString()).toBe('first');
    const [restored] = await client.file('o').getMetadata();
    expect(restored).toMatchObject(metadata);
    expect(Number(restored.generation)).toBeGreaterThan(Number(generation));
  });
});

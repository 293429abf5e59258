import { describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { newBucket, upload } from './support.ts';

const local = localCloud();

describe('listing', () => {
  const list = async (bucket: string, query: string) => {
    const { body } = await local.call('GET', `/storage/v1/b/${bucket}/o?${query}`);
    const names = (body.items ?? []).map(({ name }: { name: string }) => name);
    return { names, prefixes: body.prefixes ?? [], token: body.nextPageToken };
  };
  const filled = async () => {
    const bucket = await newBucket(local.cloud);
    for (const name of ['b', 'a/2', 'a/1', 'a/x/1', 'ﬀ', '🔑', 'a'])
      await upload(local.cloud, bucket, name, name);
    return bucket;
  };

  it('is in the order of UTF-8', async () => {
    expect((await list(await filled(), '')).names).toEqual(['a', 'a/1', 'a/2', 'a/x/1', 'b', 'ﬀ', '🔑']);
  });

  it('folds names at the delimiter', async () => {
    const bucket = await filled();
    expect(await list(bucket, 'delimiter=/')).toMatchObject({
      names: ['a', 'b', 'ﬀ', '🔑'],
      prefixes: ['a/'],
    });
    expect(await list(bucket, 'delimiter=/&prefix=a/')).toMatchObject({
      names: ['a/1', 'a/2'],
      prefixes: ['a/x/'],
    });
  });

  it('keeps to its offsets', async () => {
    expect((await list(await filled(), 'startOffset=a/2&endOffset=b')).names).toEqual(['a/2', 'a/x/1']);
  });

  it('gives out every entry once over its pages, whatever comes or goes in between', async () => {
    const bucket = await filled();
    const first = await list(bucket, 'delimiter=/&maxResults=2');
    expect(first).toMatchObject({ names: ['a'], prefixes: ['a/'] });
    await local.call('DELETE', `/storage/v1/b/${bucket}/o/a`);
    const second = await list(bucket, `delimiter=/&maxResults=2&pageToken=${first.token}`);
    expect(second).toMatchObject({ names: ['b', 'ﬀ'], prefixes: [] });
    const third = await list(bucket, `delimiter=/&maxResults=2&pageToken=${second.token}`);
    expect(third).toEqual({ names: ['🔑'], prefixes: [], token: undefined });
  });

  it('refuses what it would have to ignore', async () => {
    const bucket = await newBucket(local.cloud);
    expect((await local.call('GET', `/storage/v1/b/${bucket}/o?filter=a`)).status).toBe(400);
    expect((await local.call('GET', `/storage/v1/b/${bucket}/o?pageToken=***`)).status).toBe(400);
  });
});

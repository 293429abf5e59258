import { describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { newBucket, send, storageAs, upload } from './support.ts';

const local = localCloud();

describe('preconditions', () => {
  const notMet = {
    code: 412,
    message: 'At least one of the pre-conditions you specified did not hold.',
    errors: [
      {
        message: 'At least one of the pre-conditions you specified did not hold.',
        domain: 'global',
        reason: 'conditionNotMet',
        locationType: 'header',
        location: 'If-Match',
      },
    ],
  };

  it('let one of two writers win that saw the same generation', async () => {
    const bucket = await newBucket(local.cloud);
    const { body: seen } = await upload(local.cloud, bucket, 'o', 'seen');
    const write = (content: string) =>
      upload(local.cloud, bucket, 'o', content, `&ifGenerationMatch=${seen.generation}`);
    const answers = await Promise.all([write('a'), write('b')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(answers.find(({ status }) => status === 412)?.body).toEqual({ error: notMet });
    const { body: list } = await local.call('GET', `/storage/v1/b/${bucket}/o?versions=true`);
    expect(list.items).toHaveLength(2);
  });

  it('let an object be created only once with generation 0', async () => {
    const bucket = await newBucket(local.cloud);
    const file = (await storageAs(local.cloud))
      .bucket(bucket)
      .file('o', { preconditionOpts: { ifGenerationMatch: 0 } });
    await file.save('first', { resumable: false });
    await expect(file.save('second', { resumable: false })).rejects.toMatchObject({ code: 412 });
    expect((await file.download()).toString()).toBe('first');
  });

  it.each([
    ['PATCH', 'ifMetagenerationMatch=7', 412],
    ['PATCH', 'ifMetagenerationMatch=1', 200],
    ['DELETE', 'ifGenerationMatch=7', 412],
    ['DELETE', 'ifMetagenerationNotMatch=1', 412],
    ['GET', 'ifGenerationMatch=7', 412],
    ['GET', 'ifMetagenerationNotMatch=1', 304],
    ['GET', 'ifMetagenerationNotMatch=2', 200],
    ['GET', 'ifGenerationMatch=many', 400],
  ])('hold for %s with %s: %i', async (method, query, status) => {
    const bucket = await newBucket(local.cloud);
    await upload(local.cloud, bucket, 'o', 'x');
    const answer = await local.call(
      method,
      `/storage/v1/b/${bucket}/o/o?${query}`,
      method === 'PATCH' ? { body: {} } : {},
    );
    expect(answer.status).toBe(status);
  });

  it('do not fail a write for a generation that is not there', async () => {
    const bucket = await newBucket(local.cloud);
    expect((await upload(local.cloud, bucket, 'o', 'x', '&ifGenerationNotMatch=0')).status).toBe(412);
    await upload(local.cloud, bucket, 'o', 'x');
    expect((await upload(local.cloud, bucket, 'o', 'x', '&ifGenerationNotMatch=0')).status).toBe(200);
  });

  it('answer 304 without a body to who has the generation already', async () => {
    const bucket = await newBucket(local.cloud);
    const { body } = await upload(local.cloud, bucket, 'o', 'x');
    const path = `/storage/v1/b/${bucket}/o/o`;
    for (const [query, headers] of [
      [`?alt=media&ifGenerationNotMatch=${body.generation}`, {}],
      ['?alt=media', { 'if-none-match': body.etag }],
      ['', { 'if-none-match': body.etag }],
      ['', { 'if-none-match': `"other", "${body.etag}"` }],
    ] as const) {
      const response = await send(local.cloud, 'GET', path + query, { headers });
      expect(response.status).toBe(304);
      expect(await response.text()).toBe('');
    }
    await upload(local.cloud, bucket, 'o', 'newer');
    const response = await send(local.cloud, 'GET', `${path}?alt=media`, {
      headers: { 'if-none-match': body.etag },
    });
    expect(await response.text()).toBe('newer');
  });

  it('of a copy hold for the source and for the destination', async () => {
    const bucket = await newBucket(local.cloud);
    await upload(local.cloud, bucket, 'from', 'x');
    await upload(local.cloud, bucket, 'to', 'y');
    const copy = (query: string) =>
      local.call('POST', `/storage/v1/b/${bucket}/o/from/rewriteTo/b/${bucket}/o/to?${query}`);
    expect((await copy('ifSourceGenerationMatch=7')).status).toBe(412);
    expect((await copy('ifGenerationMatch=7')).status).toBe(412);
    expect((await copy('ifSourceMetagenerationMatch=1&ifMetagenerationMatch=1')).status).toBe(200);
  });

  it('of a bucket hold when it is deleted', async () => {
    const path = `/storage/v1/b/${await newBucket(local.cloud)}`;
    expect((await local.call('DELETE', `${path}?ifMetagenerationMatch=7`)).status).toBe(412);
    expect((await local.call('DELETE', `${path}?ifMetagenerationMatch=1`)).status).toBe(204);
  });
});

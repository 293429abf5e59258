import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { newBucket, send, storageAs, upload } from './support.ts';

const local = localCloud();

describe('downloading', () => {
  it('sends the bytes with all that describes them', async () => {
    const bucket = await newBucket(local.cloud);
    const { body: object } = await upload(local.cloud, bucket, 'o', '123456789');
    for (const path of [`/storage/v1/b/${bucket}/o/o?alt=media`, `/download/storage/v1/b/${bucket}/o/o`]) {
      const response = await send(local.cloud, 'GET', path);
      expect(await response.text()).toBe('123456789');
      expect(Object.fromEntries(response.headers)).toMatchObject({
        // The check value of CRC-32/ISCSI over the digits 1 to 9 is e3069283.
        'x-goog-hash': `crc32c=4waSgw==,md5=${createHash('md5').update('123456789').digest('base64')}`,
        'x-goog-generation': object.generation,
        'x-goog-metageneration': '1',
        'x-goog-storage-class': 'STANDARD',
        'x-goog-stored-content-length': '9',
        etag: object.etag,
        'content-length': '9',
      });
    }
  });

  it('names content type and cache control as they were set', async () => {
    const bucket = await newBucket(local.cloud);
    const file = (await storageAs(local.cloud)).bucket(bucket).file('o');
    await file.save('{}', {
      resumable: false,
      metadata: { contentType: 'application/json', cacheControl: 'no-store' },
    });
    const { headers } = await send(local.cloud, 'GET', `/storage/v1/b/${bucket}/o/o?alt=media`);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['bytes=2-4', 206, '345', 'bytes 2-4/9'],
    ['bytes=7-', 206, '89', 'bytes 7-8/9'],
    ['bytes=-2', 206, '89', 'bytes 7-8/9'],
    ['bytes=0-99', 206, '123456789', 'bytes 0-8/9'],
    ['lines=1-2', 200, '123456789', null],
    ['bytes=9-', 416, 'The requested range cannot be satisfied.', null],
  ])('answers the range %s with %i', async (range, status, text, contentRange) => {
    const bucket = await newBucket(local.cloud);
    await upload(local.cloud, bucket, 'o', '123456789');
    const response = await send(local.cloud, 'GET', `/storage/v1/b/${bucket}/o/o?alt=media`, {
      headers: { range },
    });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(text);
    expect(response.headers.get('content-range')).toBe(contentRange);
  });
});

it('answers a failed download in plain text, unlike any other method', async () => {
  const bucket = await newBucket(local.cloud);
  const response = await send(local.cloud, 'GET', `/storage/v1/b/${bucket}/o/missing?alt=media`);
  expect(response.status).toBe(404);
  expect(await response.text()).toBe(`No such object: ${bucket}/missing`);
});

describe('names', () => {
  it.each([
    'a/b/c',
    '/leading',
    'trailing/',
    'a//b',
    '../../other-bucket/o/x',
    'per%2Fcent',
    'ü 🔑?#&+',
    'o'.repeat(1024),
  ])('may be %s', async (name) => {
    const bucket = await newBucket(local.cloud);
    const file = (await storageAs(local.cloud)).bucket(bucket).file(name);
    await file.save(name, { resumable: false });
    expect((await file.download()).toString()).toBe(name);
    const [metadata] = await file.getMetadata();
    expect(metadata).toMatchObject({ name, bucket });
    const [files] = await (await storageAs(local.cloud)).bucket(bucket).getFiles();
    expect(files.map((found) => found.name)).toEqual([name]);
  });

  it.each(['.', '..', 'a\nb', '.well-known/acme-challenge/x', 'ü'.repeat(513)])(
    'may not be %j',
    async (name) => {
      const bucket = await newBucket(local.cloud);
      expect((await upload(local.cloud, bucket, name, 'x')).status).toBe(400);
      expect((await local.call('GET', `/storage/v1/b/${bucket}/o`)).body).toEqual({
        kind: 'storage#objects',
      });
    },
  );

  it('are required', async () => {
    const bucket = await newBucket(local.cloud);
    expect(await upload(local.cloud, bucket, '', 'x')).toMatchObject({
      status: 400,
      body: { error: { errors: [{ reason: 'required' }] } },
    });
  });
});

describe('metadata', () => {
  it('is merged by a patch and replaced by an update', async () => {
    const bucket = await newBucket(local.cloud);
    const path = `/storage/v1/b/${bucket}/o/o`;
    await upload(local.cloud, bucket, 'o', 'x');
    await local.call('PATCH', path, { body: { metadata: { a: '1', b: '2' }, cacheControl: 'no-store' } });
    const patched = await local.call('PATCH', path, { body: { metadata: { a: null, c: '3' } } });
    expect(patched.body).toMatchObject({
      metadata: { b: '2', c: '3' },
      cacheControl: 'no-store',
      metageneration: '3',
    });
    expect(patched.body.metadata).not.toHaveProperty('a');
    const { body } = await local.call('PUT', path, { body: { metadata: { only: 'this' } } });
    expect(body.metadata).toEqual({ only: 'this' });
    expect(body).not.toHaveProperty('cacheControl');
  });

  it('of the wrong type is refused and nothing changes', async () => {
    const bucket = await newBucket(local.cloud);
    const path = `/storage/v1/b/${bucket}/o/o`;
    const { body: before } = await upload(local.cloud, bucket, 'o', 'x');
    for (const body of [{ metadata: { a: 1 } }, { metadata: 'a' }, { contentType: 7 }, '[]', '{']) {
      expect((await local.call('PATCH', path, { body })).status).toBe(400);
    }
    expect((await local.call('GET', path)).body).toEqual(before);
  });
});

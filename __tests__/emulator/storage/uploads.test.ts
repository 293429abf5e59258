import { describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { newBucket, send, storageAs, upload } from './support.ts';

const local = localCloud();

describe('uploading', () => {
  it('keeps every byte through the official client, with custom metadata', async () => {
    const bytes = Buffer.from(Array.from({ length: 60_000 }, (_, index) => (index * 31) % 256));
    const file = (await storageAs(local.cloud)).bucket(await newBucket(local.cloud)).file('o');
    const metadata = { contentType: 'application/octet-stream', metadata: { 'kms-key-version': 'k/1' } };
    await file.save(bytes, { resumable: false, validation: 'crc32c', metadata });
    expect((await file.download({ validation: 'crc32c' }))[0].equals(bytes)).toBe(true);
    expect((await file.getMetadata())[0]).toMatchObject({ ...metadata, size: '60000' });
  });

  it('leaves out a content type that was left out, and serves the bytes as any', async () => {
    const bucket = await newBucket(local.cloud);
    const path = `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=o`;
    const response = await send(local.cloud, 'POST', path, { body: Buffer.from('x') });
    expect(await response.json()).not.toHaveProperty('contentType');
    const served = await send(local.cloud, 'GET', `/download/storage/v1/b/${bucket}/o/o?alt=media`);
    expect(served.headers.get('content-type')).toBe('application/octet-stream');
  });

  it('takes more than the body of any other request may have', async () => {
    const path = `/upload/storage/v1/b/${await newBucket(local.cloud)}/o?uploadType=media&name=o`;
    const response = await send(local.cloud, 'POST', path, { body: Buffer.alloc(41 * 1024 * 1024) });
    expect(await response.json()).toMatchObject({ size: '42991616' });
  });

  it.each([
    ['crc32c=AAAAAA==', 'Provided CRC32C "AAAAAA==" doesn\'t match calculated CRC32C "4waSgw==".'],
    ['md5=AAAA', 'Provided MD5 hash "AAAA" doesn\'t match calculated MD5 hash "JfnnlDI7RTiF9RgfG2JNCw==".'],
  ])('refuses bytes that do not come to %s and writes nothing', async (hash, message) => {
    const bucket = await newBucket(local.cloud);
    const path = `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=o`;
    const response = await send(local.cloud, 'POST', path, {
      headers: { 'x-goog-hash': hash },
      body: '123456789',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message, errors: [{ reason: 'invalid' }] } });
    expect((await local.call('GET', `/storage/v1/b/${bucket}/o/o`)).status).toBe(404);
  });

  it.each([
    ['an unknown kind', '?uploadType=carrier-pigeon&name=o', 400],
    ['a predefined ACL under uniform access', '?uploadType=media&name=o&predefinedAcl=publicRead', 400],
  ])('refuses %s', async (_what, query, status) => {
    const path = `/upload/storage/v1/b/${await newBucket(local.cloud)}/o${query}`;
    expect((await send(local.cloud, 'POST', path, { body: 'x' })).status).toBe(status);
  });

  it('refuses a resource of another bucket, and an upload without a kind', async () => {
    const path = `/upload/storage/v1/b/${await newBucket(local.cloud)}/o`;
    const headers = { 'content-type': 'application/json' };
    const body = '{"bucket":"another","name":"o"}';
    const response = await send(local.cloud, 'POST', `${path}?uploadType=resumable`, { headers, body });
    expect(await response.json()).toMatchObject({
      error: { code: 400, message: expect.stringContaining("Value 'another' in content does not agree") },
    });
    expect((await send(local.cloud, 'POST', `${path}?name=o`, { body: 'x' })).status).toBe(400);
  });

  it('takes bytes that only claim to be JSON', async () => {
    const bucket = await newBucket(local.cloud);
    const headers = { 'content-type': 'application/json' };
    const path = `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=o`;
    const response = await send(local.cloud, 'POST', path, { headers, body: '{"half":' });
    expect(await response.json()).toMatchObject({ size: '8', contentType: 'application/json' });
  });

  it('takes an object without a single byte', async () => {
    const { body } = await upload(local.cloud, await newBucket(local.cloud), 'empty', '');
    expect(body).toMatchObject({ size: '0', crc32c: 'AAAAAA==', md5Hash: '1B2M2Y8AsgTpgAmY7PhCfg==' });
  });
});

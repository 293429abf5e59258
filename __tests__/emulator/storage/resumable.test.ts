import { describe, expect, it } from 'vitest';
import { checksumsOf } from '../../../emulator/storage/checksums.ts';
import { localCloud } from '../support.ts';
import { newBucket, send, upload } from './support.ts';

const local = localCloud();

describe('a resumable upload', () => {
  const chunk = 256 * 1024;
  const bytes = Buffer.alloc(chunk + 10, 'abcdefg');
  const start = async (bucket: string, query = '') => {
    const path = `/upload/storage/v1/b/${bucket}/o?uploadType=resumable&name=big${query}`;
    const headers = { 'content-type': 'application/json', 'x-upload-content-type': 'text/plain' };
    const response = await send(local.cloud, 'POST', path, { headers, body: '{"metadata":{"a":"b"}}' });
    expect(response.status).toBe(200);
    return response.headers.get('location') ?? '';
  };
  /** Sends to a session as the official clients do: without a token. */
  const put = (session: string, range?: string, body?: Uint8Array) =>
    fetch(session, {
      method: 'PUT',
      headers: range ? { 'content-range': range } : {},
      body: body ?? null,
    });

  it('goes on where it stopped and shows nothing before it is whole', async () => {
    const bucket = await newBucket(local.cloud);
    const session = await start(bucket);
    const size = bytes.length;
    expect((await put(session, `bytes */${size}`)).headers.get('range')).toBeNull();
    const first = await put(session, `bytes 0-${chunk - 1}/${size}`, bytes.subarray(0, chunk));
    expect([first.status, first.headers.get('range')]).toEqual([308, `bytes=0-${chunk - 1}`]);
    expect((await local.call('GET', `/storage/v1/b/${bucket}/o/big`)).status).toBe(404);
    expect((await put(session, 'bytes */*')).headers.get('range')).toBe(`bytes=0-${chunk - 1}`);
    const last = await put(session, `bytes ${chunk}-${size - 1}/${size}`, bytes.subarray(chunk));
    const object = await last.json();
    expect(object).toMatchObject({
      name: 'big',
      size: `${size}`,
      contentType: 'text/plain',
      metadata: { a: 'b' },
    });
    expect(await (await put(session, `bytes */${size}`)).json()).toEqual(object);
    const download = await send(local.cloud, 'GET', `/download/storage/v1/b/${bucket}/o/big`);
    expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('takes bytes that it has already only once', async () => {
    const session = await start(await newBucket(local.cloud));
    await put(session, `bytes 0-${chunk - 1}/*`, bytes.subarray(0, chunk));
    const again = await put(session, `bytes 5-${bytes.length - 1}/${bytes.length}`, bytes.subarray(5));
    expect(await again.json()).toMatchObject({ size: `${bytes.length}`, ...checksumsOf(bytes) });
  });

  it('takes everything in one request', async () => {
    const response = await put(await start(await newBucket(local.cloud)), undefined, bytes);
    expect(await response.json()).toMatchObject({ size: `${bytes.length}` });
  });

  it('refuses a gap, a chunk that is too small and a range that is not the body', async () => {
    const session = await start(await newBucket(local.cloud));
    const ten = bytes.subarray(0, 10);
    expect(await (await put(session, 'bytes 5-14/15', ten)).text()).toContain(
      'exceeds already uploaded size',
    );
    expect(await (await put(session, 'bytes 0-9/20', ten)).text()).toContain('equal or greater than 262144');
    expect((await put(session, 'bytes 0-8/9', ten)).status).toBe(400);
    const tooLarge = await put(session, `bytes 0-9/${2 ** 29 + 1}`, ten);
    expect(tooLarge.status).toBe(413);
    expect(await tooLarge.text()).toContain('keeps objects of at most 536870912 bytes');
    expect((await put(session, 'bytes 0-9/10', ten)).status).toBe(200);
  });

  it.each([
    ['bytes 0-*/*', 10],
    ['bytes 0-*/10', 10],
    ['bytes 0-9/10', 10],
    ['bytes 0-*/*', 0],
    ['bytes 0-*/0', 0],
    ['bytes */0', 0],
  ])('of a stream is whole with "%s" and %i bytes', async (range, length) => {
    const response = await put(await start(await newBucket(local.cloud)), range, bytes.subarray(0, length));
    expect(await response.json()).toMatchObject({ name: 'big', size: String(length) });
  });

  it.each([
    ['bytes *-9/10', 10],
    ['bytes 0-/10', 10],
    ['bytes 0-*', 10],
    ['bytes */10', 10],
    ['bytes 0-*/9', 10],
    ['bytes 0-9/9', 10],
    ['bytes 9-0/10', 10],
    ['bytes 0-0/*', 0],
    ['octets 0-9/10', 10],
  ])('refuses "%s" with %i bytes', async (range, length) => {
    const response = await put(await start(await newBucket(local.cloud)), range, bytes.subarray(0, length));
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining(`Failed to parse Content-Range header: ${range} with ${length} bytes.`),
    ]);
  });

  it('goes on with a stream where it broke off', async () => {
    const session = await start(await newBucket(local.cloud));
    await put(session, `bytes 0-${chunk - 1}/*`, bytes.subarray(0, chunk));
    const last = await put(session, `bytes ${chunk}-*/*`, bytes.subarray(chunk));
    expect(await last.json()).toMatchObject({ size: `${bytes.length}`, ...checksumsOf(bytes) });
  });

  it('loses to a writer that came first, if it asked for that', async () => {
    const bucket = await newBucket(local.cloud);
    const session = await start(bucket, '&ifGenerationMatch=0');
    await upload(local.cloud, bucket, 'big', 'first');
    expect((await put(session, undefined, bytes)).status).toBe(412);
  });

  it('can be cancelled, and cannot be guessed', async () => {
    const session = await start(await newBucket(local.cloud));
    expect((await fetch(session, { method: 'DELETE' })).status).toBe(499);
    expect((await put(session, undefined, bytes)).status).toBe(404);
    expect((await put(session.replace(/upload_id=.*/, 'upload_id=guess'), undefined, bytes)).status).toBe(
      404,
    );
  });
});

import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { newBucket } from './support.ts';

// What cloud.google.com/go/storage 1.70.0 was seen to send, where it is unlike the other libraries.
const context = localCloud();
let bucket: string;
beforeAll(async () => {
  bucket = await newBucket(context.cloud);
});

const send = (url: string, init: RequestInit = {}, member: string = context.cloud.owner) =>
  fetch(new URL(url, context.cloud.url), {
    ...init,
    headers: { authorization: `Bearer ${context.cloud.tokenFor(member)}`, ...init.headers },
  });

async function upload(name: string, content: Buffer): Promise<Response> {
  const query = `alt=json&name=${name}&prettyPrint=false&projection=full&uploadType=resumable`;
  const start = await send(`/upload/storage/v1/b/${bucket}/o?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-upload-content-type': 'application/octet-stream' },
    body: JSON.stringify({ bucket, name }),
  });
  const location = start.headers.get('location') ?? '';
  const half = 256 * 1024;
  const chunk = (from: number, to: number) =>
    send(location, {
      method: 'POST',
      headers: { 'content-range': `bytes ${from}-${to - 1}/${content.length}`, 'x-guploader-no-308': 'yes' },
      body: content.subarray(from, to),
    });
  const incomplete = await chunk(0, half);
  expect(incomplete.status).toBe(200);
  expect(incomplete.headers.get('x-http-status-code-override')).toBe('308');
  expect(incomplete.headers.get('range')).toBe(`bytes=0-${half - 1}`);
  return chunk(half, content.length);
}

describe("Go's library", () => {
  it('uploads in chunks by POST, and takes no 308', async () => {
    const content = randomBytes(300 * 1024);
    const complete = await upload('large', content);
    expect(complete.headers.get('x-http-status-code-override')).toBeNull();
    expect(await complete.json()).toMatchObject({ name: 'large', size: String(content.length) });
  });

  it('reads objects by the XML API: whole, a range, a generation', async () => {
    const content = randomBytes(300 * 1024);
    const { generation } = (await (await upload('folder%2Fa%20b', content)).json()) as { generation: string };
    const path = `/${bucket}/folder/a%20b`;
    const whole = await send(path);
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(content);
    expect(whole.headers.get('x-goog-generation')).toBe(generation);
    const range = await send(path, { headers: { range: 'bytes=1-2' } });
    expect(range.status).toBe(206);
    expect(Buffer.from(await range.arrayBuffer())).toEqual(content.subarray(1, 3));
    expect((await send(path, { headers: { 'x-goog-if-generation-match': generation } })).status).toBe(200);
    expect((await send(path, { headers: { 'x-goog-if-generation-match': '1' } })).status).toBe(412);
    expect((await send(`${path}?generation=1`)).status).toBe(404);
    expect((await send(path, { method: 'HEAD' })).status).toBe(200);
  });

  it('gets custom metadata there as headers, and 304 for the content that it has', async () => {
    const path = `/${bucket}/noted`;
    await send(`/upload/storage/v1/b/${bucket}/o?uploadType=media&name=noted`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'content',
    });
    await send(`/storage/v1/b/${bucket}/o/noted`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { 'Kms-Key-Version': 'projects/p' } }),
    });
    const read = await send(path);
    expect(read.headers.get('x-goog-meta-kms-key-version')).toBe('projects/p');
    // The MD5 of the content, in quotes.
    const etag = read.headers.get('etag') ?? '';
    expect(etag).toBe('"9a0364b9e99bb480dd25e1f0284c8555"');
    const again = await send(path, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(again.headers.get('x-goog-generation')).toBe(read.headers.get('x-goog-generation'));
    expect((await send(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('is refused there as by the JSON API, in XML', async () => {
    await upload('secret', randomBytes(300 * 1024));
    const refused = await send(`/${bucket}/secret`, {}, 'user:mallory@example.com');
    expect(refused.status).toBe(403);
    expect(refused.headers.get('content-type')).toContain('application/xml');
    expect(await refused.text()).toMatch(
      /<Code>AccessDenied<\/Code><Message>Access denied\.<\/Message><Details>mallory@example\.com does not have storage\.objects\.get access/,
    );
    const missing = await send(`/${bucket}/none`);
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain('<Code>NoSuchKey</Code>');
    const nowhere = await send('/no-such-bucket/object');
    expect(nowhere.status).toBe(404);
    expect(await nowhere.text()).toContain('<Code>NoSuchBucket</Code>');
    expect((await send('/no-such-api/v1/object')).headers.get('content-type')).toContain('application/json');
  });
});

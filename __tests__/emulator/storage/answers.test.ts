import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from '../bad-input/support.ts';
import { localCloud } from '../support.ts';
import { newBucket } from './support.ts';

describe('an object that is stored as gzip', () => {
  const context = localCloud();
  const plain = 'DB_HOST=db.example.com\n'.repeat(50);
  const compressed = gzipSync(plain);
  let bucket: string;
  beforeAll(async () => {
    bucket = await newBucket(context.cloud);
  });

  async function upload(name: string, content: Buffer, cacheControl?: string) {
    const { cloud } = context;
    const authorization = `Bearer ${cloud.tokenFor(cloud.owner)}`;
    const query = `uploadType=media&name=${name}&contentEncoding=gzip`;
    const url = `${cloud.url}/upload/storage/v1/b/${bucket}/o?${query}`;
    await fetch(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'text/plain' },
      body: content,
    });
    if (!cacheControl) return;
    await context.call('PATCH', `/storage/v1/b/${bucket}/o/${name}`, { body: { cacheControl } });
  }

  /** As bytes, whatever the answer's encoding. */
  async function download(name: string, headers: Record<string, string>) {
    const { cloud } = context;
    const authorization = `Bearer ${cloud.tokenFor(cloud.owner)}`;
    const url = `${cloud.url}/storage/v1/b/${bucket}/o/${name}?alt=media`;
    return new Promise<{
      headers: NodeJS.Dict<string | string[]>;
      status: number | undefined;
      content: Buffer;
    }>((resolve, reject) => {
      request(url, { headers: { ...headers, authorization } }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({ headers: response.headers, status: response.statusCode, content: Buffer.concat(chunks) });
      })
        .on('error', reject)
        .end();
    });
  }

  it('is sent as it is stored to a client that takes gzip', async () => {
    await upload('page', compressed);
    const { headers, content } = await download('page', { 'accept-encoding': 'gzip, deflate' });
    expect(content).toEqual(compressed);
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'x-goog-stored-content-encoding': 'gzip' });
  });

  it('is decompressed for one that does not, whole whatever the range', async () => {
    await upload('page', compressed);
    for (const range of [{}, { range: 'bytes=0-3' }] as Record<string, string>[]) {
      const { status, headers, content } = await download('page', range);
      expect(status).toBe(200);
      expect(content.toString()).toBe(plain);
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers['x-goog-stored-content-length']).toBe(String(compressed.length));
    }
  });

  it('is left alone where it is not to be transformed, or is no gzip at all', async () => {
    await upload('kept', compressed, 'no-transform');
    expect((await download('kept', {})).content).toEqual(compressed);
    await upload('lie', Buffer.from('no gzip'));
    expect((await download('lie', {})).content.toString()).toBe('no gzip');
  });
});

describe('the links of an answer', () => {
  const context = localCloud();

  it("lead to the address that the client asked: at some a request without a token is a principal's", async () => {
    const { cloud } = context;
    const bucket = await newBucket(cloud);
    const endpoint = await cloud.endpointFor(cloud.owner);
    const created = await fetch(`${endpoint}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=o`, {
      method: 'POST',
      body: 'secret',
    });
    const { mediaLink, selfLink } = (await created.json()) as { mediaLink: string; selfLink: string };
    expect(selfLink.startsWith(`${endpoint}/storage/v1/`)).toBe(true);
    expect(await (await fetch(mediaLink)).text()).toBe('secret');
    expect((await fetch(mediaLink.replace(endpoint, cloud.url))).status).toBe(401);
  });

  it("are not those of a host that a proxy's client names", async () => {
    const { cloud } = context;
    const bucket = await newBucket(cloud);
    const token = cloud.tokenFor(cloud.owner);
    const path = `http://storage.googleapis.com/storage/v1/b/${bucket}`;
    const headers = { host: 'storage.googleapis.com' };
    const { text } = await sendRaw(cloud, { method: 'GET', path, token, headers });
    expect(JSON.parse(text).selfLink).toBe(`${cloud.url}/storage/v1/b/${bucket}`);
  });
});

describe('a project without Cloud Storage', () => {
  const context = localCloud({ enabledServices: [] });

  it('is told so in the words of Google, and how to enable it', async () => {
    const { status, body } = await context.call('GET', '/storage/v1/b?project=demo-project');
    expect(status).toBe(403);
    expect(body.error).toMatchObject({
      status: 'PERMISSION_DENIED',
      errors: [{ domain: 'usageLimits', reason: 'accessNotConfigured' }],
      details: [{ reason: 'SERVICE_DISABLED', metadata: { service: 'storage.googleapis.com' } }],
    });
    expect(body.error.message).toContain('Enable it by visiting');
  });
});

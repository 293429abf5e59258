import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { crc32cBase64 } from '../../../secrets/checksum.ts';
import { bearer } from '../../../secrets/direct/credentials.ts';
import { directApis } from '../../../secrets/direct/direct-apis.ts';
import { IntegrityError } from '../../../secrets/errors.ts';
import { readObject } from '../../../secrets/store.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.unstubAllEnvs();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Cloud Storage's answer with stored bytes, as its XML API gives them to whoever accepts gzip. */
function stored(bytes: Buffer, encoding?: string): RequestListener {
  return (_request, response) =>
    response
      .writeHead(200, {
        'x-goog-generation': '17',
        'x-goog-hash': `crc32c=${crc32cBase64(bytes)}`,
        'x-goog-stored-content-length': String(bytes.length),
        'content-length': String(bytes.length),
        ...(encoding && { 'x-goog-stored-content-encoding': encoding, 'content-encoding': encoding }),
      })
      .end(bytes);
}

describe('the name of an object', () => {
  it.each([
    ['a/./b.enc', '/bkt/a/./b.enc'],
    ['../up/..', '/bkt/../up/..'],
    ['configs//prod.enc', '/bkt/configs//prod.enc'],
    ['/leading and trailing/', '/bkt//leading%20and%20trailing/'],
    ['100%/é😀?#&=+', '/bkt/100%25/%C3%A9%F0%9F%98%80%3F%23%26%3D%2B'],
  ])('goes over the wire as it is: %s', async (object, path) => {
    const asked: (string | undefined)[] = [];
    const storage = await serve((request, response) => {
      asked.push(request.url);
      stored(Buffer.from('x'))(request, response as never);
    });
    await readObject(directApis(bearer('t'), { storage }), 'bkt', object);
    expect(asked).toEqual([path]);
  });
});

describe('an object that was stored with Content-Encoding gzip', () => {
  it('is asked for as it is stored, and decompressed', async () => {
    const plain = Buffer.alloc(172, 7);
    const accepted: unknown[] = [];
    const storage = await serve((request, response) => {
      accepted.push(request.headers['accept-encoding']);
      stored(gzipSync(plain), 'gzip')(request, response as never);
    });
    const read = await readObject(directApis(bearer('t'), { storage }), 'bkt', 'o');
    expect(read.bytes.equals(plain)).toBe(true);
    expect(accepted).toEqual(['gzip']);
  });

  it.each([
    ['not compressed at all', Buffer.from('plain')],
    ['larger than any ciphertext', gzipSync(Buffer.alloc(40 * 1024 * 1024))],
  ])('and is %s, is refused', async (_name, bytes) => {
    const storage = await serve(stored(bytes, 'gzip'));
    const reading = readObject(directApis(bearer('t'), { storage }), 'bkt', 'o');
    await expect(reading).rejects.toThrow(IntegrityError);
  });
});

describe('a proxy', () => {
  it('of the environment is used, but not for this machine, nor for what NO_PROXY excepts', async () => {
    const connects: (string | undefined)[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      connects.push(request.url);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    closing.push(() => proxy.close());
    const local = await serve(stored(Buffer.from('x')));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'http_proxy']) vi.stubEnv(name, address);
    vi.stubEnv('NO_PROXY', 'excepted.invalid');
    await readObject(directApis(bearer('t'), { storage: local }), 'bkt', 'o');
    expect(connects).toEqual([]);
    const decrypt = { name: 'k', ciphertext: { bytes: Buffer.from('x'), crc32c: 1 } } as never;
    for (const kms of ['https://kms.invalid', 'https://excepted.invalid']) {
      await directApis(bearer('t'), { kms })
        .decrypt(decrypt)
        .catch(() => {});
    }
    expect(connects).toEqual(['kms.invalid:443']);
  });
});

describe('a project that is charged', () => {
  it('is named in each call', async () => {
    const named: unknown[] = [];
    const storage = await serve((request, response) => {
      named.push(request.headers['x-goog-user-project']);
      stored(Buffer.from('x'))(request, response as never);
    });
    const credentials = { ...bearer('t'), quotaProject: 'payer' };
    await readObject(directApis(credentials, { storage }), 'bkt', 'o');
    expect(named).toEqual(['payer']);
  });
});

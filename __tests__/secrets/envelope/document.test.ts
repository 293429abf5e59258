import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../secrets/checksum.ts';
import { googleClients } from '../../../secrets/clients.ts';
import { openEnvelope } from '../../../secrets/envelope/envelope.ts';
import { bindingOf, sealVersion2 } from '../support/envelope-by-document.ts';

describe('docs/envelope.md', () => {
  const document = readFileSync(path.resolve(import.meta.dirname, '../../../docs/envelope.md'), 'utf8');
  const [inputs = '', ...vectors] = [...document.matchAll(/^```\n(.*?)^```$/gms)].map(
    ([, block = '']) => block,
  );
  const input = (name: string) => new RegExp(`^${name} +(.+)$`, 'm').exec(inputs)?.[1] ?? '';
  const bytesOf = (hex: string | undefined) => Buffer.from((hex ?? '').replaceAll('\n', ''), 'hex');
  const reference = {
    bucket: 'my-bucket',
    object: 'config.enc',
    key: 'projects/p/locations/global/keyRings/r/cryptoKeys/k',
  };
  const [version2, version1, ofZeros] = vectors.map(bytesOf);
  const zeros = () => {
    const documented = {
      dataKey: bytesOf(input('data key')),
      wrapped: bytesOf(input('wrapped')),
      binding: bindingOf({ reference }),
    };
    const { header, chunks } = sealVersion2(documented, bytesOf(input('prefix')), 4096, Buffer.alloc(10_000));
    return Buffer.concat([header, ...chunks]);
  };

  it('has three vectors, of which the third is that of 10,000 zeros', () => {
    expect(vectors).toHaveLength(3);
    expect(zeros()).toHaveLength(10_085);
    expect(createHash('sha256').update(zeros()).digest()).toEqual(ofZeros);
  });

  it.each([
    ['version 2', version2, Buffer.from(input('plaintext'))],
    ['version 1', version1, Buffer.from(input('plaintext'))],
    ['many chunks', zeros(), Buffer.alloc(10_000)],
  ])('has a vector of %s that opens', async (_, envelope, plaintext) => {
    const kms = await kmsThatUnwraps(bytesOf(input('wrapped')), bytesOf(input('data key')));
    const opened = await openEnvelope(kms.clients, reference, envelope ?? Buffer.alloc(0));
    kms.close();
    expect(opened.plaintext.equals(plaintext)).toBe(true);
  });
});

/** Keys of the local cloud are random, so a stand-in unwraps the one of the document. */
async function kmsThatUnwraps(wrapped: Buffer, dataKey: Buffer) {
  const server = createServer(async (request, response) => {
    const { ciphertext } = (await json(request)) as { ciphertext: string };
    const plaintext = Buffer.from(ciphertext, 'base64').equals(wrapped) ? dataKey.toString('base64') : '';
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ plaintext, plaintextCrc32c: String(crc32c(dataKey)), usedPrimary: true }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { clients: await googleClients({ endpoint, accessToken: 'any' }), close };
}

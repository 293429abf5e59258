import { createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { crc32c } from '../../secrets/checksum.ts';
import { decrypt, maxPlaintextBytes } from '../../secrets/cipher.ts';
import { googleClients } from '../../secrets/clients.ts';
import { isEnvelope, maxEnvelopeBytes, openEnvelope, sealEnvelope } from '../../secrets/envelope.ts';
import { IntegrityError, InvalidArgumentError } from '../../secrets/errors.ts';
import { loadConfig } from '../../secrets/load.ts';
import { seal, unseal } from '../../secrets/seal.ts';
import { createReadyScene, type Scene, sampleConfig } from '../support/scene.ts';
import { flippedLastBit } from '../support/wire.ts';

let cloud: LocalCloud;
let scene: Scene;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
  scene = await createReadyScene(cloud);
});
afterAll(() => cloud?.close());

describe('an envelope', () => {
  it.each([0, 1, maxPlaintextBytes + 1, maxEnvelopeBytes])('holds %d bytes', async (size) => {
    const plaintext = randomBytes(size);
    const { bytes, keyVersion } = await sealEnvelope(scene.owner, scene.reference, plaintext);
    expect(keyVersion).toBe(`${scene.reference.key}/cryptoKeyVersions/1`);
    const opened = await openEnvelope(scene.service, scene.reference, bytes);
    expect(opened.plaintext.equals(plaintext)).toBe(true);
    expect(opened.usedPrimary).toBe(true);
  });

  it('does not hold more', async () => {
    const sealing = sealEnvelope(scene.owner, scene.reference, Buffer.alloc(maxEnvelopeBytes + 1));
    await expect(sealing).rejects.toThrow(InvalidArgumentError);
  });

  it('is laid out as documented: a reader that knows only the document opens it', async () => {
    const { bytes } = await sealEnvelope(scene.owner, scene.reference, Buffer.from('plaintext'));
    expect(bytes.subarray(0, 8).toString('hex')).toBe('435249454e560001');
    const length = bytes.readUInt16BE(8);
    const { bucket, object, key } = scene.reference;
    const binding = Buffer.from(`//storage.googleapis.com/projects/_/buckets/${bucket}/objects/${object}`);
    const wrapped = bytes.subarray(10, 10 + length);
    const { plaintext: dataKey } = await decrypt(scene.owner, key, wrapped, binding);
    const decipher = createDecipheriv('aes-256-gcm', dataKey, bytes.subarray(10 + length, 22 + length));
    decipher.setAAD(Buffer.concat([bytes.subarray(0, 10 + length), binding]));
    decipher.setAuthTag(bytes.subarray(-16));
    expect(
      decipher.update(bytes.subarray(22 + length, -16), undefined, 'utf8') + decipher.final('utf8'),
    ).toBe('plaintext');
  });

  it('has a key of its own each time', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(() => sealEnvelope(scene.owner, scene.reference, Buffer.from('x'))),
    );
    expect(one?.bytes.equals(two?.bytes as Buffer)).toBe(false);
  });

  it.each([{ bucket: 'other-bucket' }, { object: 'other.enc' }])('opens nowhere else: %j', async (place) => {
    const { bytes } = await sealEnvelope(scene.owner, scene.reference, Buffer.from('x'));
    const opening = openEnvelope(scene.owner, { ...scene.reference, ...place }, bytes);
    await expect(opening).rejects.toThrow(IntegrityError);
  });

  it('opens with the pinned key alone', async () => {
    const other = { ...scene.reference, key: await scene.createKey() };
    const { bytes } = await sealEnvelope(scene.owner, other, Buffer.from('x'));
    await expect(openEnvelope(scene.owner, scene.reference, bytes)).rejects.toThrow(IntegrityError);
  });

  it('is refused when any bit was altered, or any part is missing', { timeout: 120_000 }, async () => {
    const plaintext = Buffer.from('{"DB_PASS":"canary"}');
    const { bytes } = await sealEnvelope(scene.owner, scene.reference, plaintext);
    const altered = fc.nat({ max: bytes.length * 8 - 1 }).map((bit) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return copy;
    });
    const truncated = fc.nat({ max: bytes.length - 1 }).map((length) => bytes.subarray(0, length));
    const extended = fc
      .uint8Array({ minLength: 1, maxLength: 8 })
      .map((more) => Buffer.concat([bytes, more]));
    await fc.assert(
      fc.asyncProperty(fc.oneof(altered, truncated, extended), async (damaged) => {
        const failure = await unseal(scene.owner, scene.reference, damaged).catch((error: Error) => error);
        expect(failure).toBeInstanceOf(IntegrityError);
        expect(String(failure)).not.toContain('canary');
      }),
      { numRuns: process.env.CI ? 10_000 : 500 },
    );
  });

  it('is never seen in a raw ciphertext', async () => {
    expect(isEnvelope(await scene.encrypt(sampleConfig))).toBe(false);
  });
});

describe('seal', () => {
  it('gives raw ciphertext as long as Cloud KMS takes it, unless asked otherwise', async () => {
    const small = await seal(scene.owner, scene.reference, Buffer.alloc(maxPlaintextBytes));
    const large = await seal(scene.owner, scene.reference, Buffer.alloc(maxPlaintextBytes + 1));
    const asked = await seal(scene.owner, scene.reference, Buffer.alloc(1), { format: 'envelope' });
    expect([small, large, asked].map(({ bytes }) => isEnvelope(bytes))).toEqual([false, true, true]);
    expect((await unseal(scene.owner, scene.reference, large.bytes)).format).toBe('envelope');
  });
});

it('is what the service loads, too', async () => {
  const config = { ...sampleConfig, DB_PASS: 'x'.repeat(100_000) };
  const { bytes } = await seal(scene.owner, scene.reference, Buffer.from(JSON.stringify(config)));
  await scene.put(bytes);
  expect((await loadConfig(scene.service, scene.reference)).config).toEqual(config);
  await scene.put(flippedLastBit(bytes));
  await expect(loadConfig(scene.service, scene.reference)).rejects.toThrow(IntegrityError);
});

it('opens the test vector of the document', async () => {
  const document = readFileSync(path.resolve(import.meta.dirname, '../../docs/envelope.md'), 'utf8');
  const [, inputs = '', envelope = ''] =
    /```\n(data key.*?)```.*?```\n([0-9a-f\n]+)```/s.exec(document) ?? [];
  const input = (name: string) => new RegExp(`^${name} +(.+)$`, 'm').exec(inputs)?.[1] ?? '';
  // Keys of the local cloud are random, so a stand-in unwraps this one.
  const dataKey = Buffer.from(input('data key'), 'hex');
  const server = createServer(async (request, response) => {
    const { ciphertext } = (await json(request)) as { ciphertext: string };
    const isWrapped = Buffer.from(ciphertext, 'base64').toString('hex') === input('wrapped');
    const plaintext = isWrapped ? dataKey.toString('base64') : '';
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ plaintext, plaintextCrc32c: String(crc32c(dataKey)), usedPrimary: true }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients = await googleClients({ endpoint, accessToken: 'any' });
  const key = 'projects/p/locations/global/keyRings/r/cryptoKeys/k';
  const reference = { bucket: 'my-bucket', object: 'config.enc', key };
  const bytes = Buffer.from(envelope.replaceAll('\n', ''), 'hex');
  const { plaintext } = await openEnvelope(clients, reference, bytes);
  server.closeAllConnections();
  server.close();
  expect(plaintext.toString()).toBe(input('plaintext'));
});

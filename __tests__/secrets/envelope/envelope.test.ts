import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { decrypt, maxPlaintextBytes } from '../../../secrets/cipher.ts';
import { openEnvelope, sealEnvelope } from '../../../secrets/envelope/envelope.ts';
import {
  chunkBytes,
  envelopeOverheadBytes,
  isEnvelope,
  maxEnvelopeBytes,
} from '../../../secrets/envelope/format.ts';
import { IntegrityError, InvalidArgumentError } from '../../../secrets/errors.ts';
import { loadSecret } from '../../../secrets/load.ts';
import { seal, unseal } from '../../../secrets/seal.ts';
import { runs } from '../../support/property-runs.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import { readSample } from '../../support/schema.ts';
import { flippedLastBit } from '../../support/wire.ts';
import { bindingOf, sealVersion1, sealVersion2, wrappedInputs } from '../support/envelope-by-document.ts';

const chunkDamage: Readonly<Record<string, (chunks: Buffer[]) => Buffer[]>> = {
  'in another order': ([a, b, c, d]) => [a, c, b, d] as Buffer[],
  'of which the first is missing': (chunks) => chunks.slice(1),
  'of which one in the middle is missing': (chunks) => chunks.toSpliced(1, 1),
  'of which the last is missing': (chunks) => chunks.slice(0, -1),
  'of which all are missing': () => [],
  'of which one is there twice': ([a, b, c, d]) => [a, b, b, c, d] as Buffer[],
  'of which the last is there twice': (chunks) => [...chunks, chunks.at(-1) as Buffer],
  'and an empty one after them': (chunks) => [...chunks, Buffer.alloc(16)],
};

let cloud: LocalCloud;
let scene: Scene;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
  scene = await createReadyScene(cloud);
});
afterAll(() => cloud?.close());

describe('an envelope', () => {
  it.each([0, 1, chunkBytes, chunkBytes + 1, maxEnvelopeBytes])('holds %d bytes', async (size) => {
    const plaintext = randomBytes(size);
    const { bytes, keyVersion } = await sealEnvelope(scene.owner, scene.reference, plaintext);
    expect(keyVersion).toBe(`${scene.reference.key}/cryptoKeyVersions/1`);
    expect(bytes.length).toBeLessThanOrEqual(size + envelopeOverheadBytes);
    const opened = await openEnvelope(scene.service, scene.reference, bytes);
    expect(opened.plaintext.equals(plaintext)).toBe(true);
    expect(opened.usedPrimary).toBe(true);
  });

  it('does not hold more', async () => {
    const sealing = sealEnvelope(scene.owner, scene.reference, Buffer.alloc(maxEnvelopeBytes + 1));
    await expect(sealing).rejects.toThrow(InvalidArgumentError);
  });

  it('is laid out as documented: what knows only the document makes the same', async () => {
    const plaintext = randomBytes(2 * chunkBytes + 1);
    const { bytes } = await sealEnvelope(scene.owner, scene.reference, plaintext);
    const size = bytes.readUInt32BE(8);
    const prefixAt = 14 + bytes.readUInt16BE(12);
    const wrapped = bytes.subarray(14, prefixAt);
    const binding = bindingOf(scene);
    const { key } = scene.reference;
    const { plaintext: dataKey } = await decrypt(scene.owner, key, wrapped, Buffer.from(binding));
    const prefix = bytes.subarray(prefixAt, prefixAt + 7);
    const expected = sealVersion2({ dataKey, wrapped, binding }, prefix, size, plaintext);
    expect(size).toBe(chunkBytes);
    expect(expected.chunks).toHaveLength(3);
    expect(bytes.equals(Buffer.concat([expected.header, ...expected.chunks]))).toBe(true);
  });

  it.each([4096, 1024 * 1024])('opens with chunks of %d bytes', async (size) => {
    const plaintext = randomBytes(3 * size + 5);
    const { header, chunks } = sealVersion2(await wrappedInputs(scene), randomBytes(7), size, plaintext);
    const envelope = Buffer.concat([header, ...chunks]);
    const opened = await openEnvelope(scene.service, scene.reference, envelope);
    expect(opened.plaintext.equals(plaintext)).toBe(true);
  });

  it.each([0, 4095, 1024 * 1024 + 1, 0xffffffff])('does not open with chunks of %d bytes', async (size) => {
    const { header, chunks } = sealVersion2(
      await wrappedInputs(scene),
      randomBytes(7),
      4096,
      Buffer.alloc(9),
    );
    header.writeUInt32BE(size, 8);
    const opening = openEnvelope(scene.owner, scene.reference, Buffer.concat([header, ...chunks]));
    await expect(opening).rejects.toThrow(IntegrityError);
  });

  it.each([0, 1, 100_000])('of version 1 with %d bytes still opens', async (size) => {
    const plaintext = randomBytes(size);
    const envelope = sealVersion1(await wrappedInputs(scene), randomBytes(12), plaintext);
    const opened = await unseal(scene.service, scene.reference, envelope);
    expect(opened).toEqual({ plaintext, usedPrimary: true, format: 'envelope' });
  });

  it.each([0, 3, 255])('of version %d is not guessed at', async (version) => {
    const { bytes } = await sealEnvelope(scene.owner, scene.reference, Buffer.from('x'));
    bytes.writeUInt8(version, 7);
    const opening = unseal(scene.owner, scene.reference, bytes);
    await expect(opening).rejects.toThrow(`of version ${version}; versions 1 and 2 can be opened`);
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

  describe.each([1, 2])('of version %d is refused', (version) => {
    it('when any bit was altered, or any part is missing', { timeout: 120_000 }, async () => {
      const plaintext = Buffer.from('{"DB_PASS":"canary"}');
      const bytes =
        version === 1
          ? sealVersion1(await wrappedInputs(scene), randomBytes(12), plaintext)
          : (await sealEnvelope(scene.owner, scene.reference, plaintext)).bytes;
      await fc.assert(
        fc.asyncProperty(damaged(bytes), async (envelope) => {
          const failure = await unseal(scene.owner, scene.reference, envelope).catch((error: Error) => error);
          expect(failure).toBeInstanceOf(IntegrityError);
          expect(String(failure)).not.toContain('canary');
        }),
        runs(200),
      );
    });
  });

  it.each(Object.entries(chunkDamage))('is refused with chunks %s', async (_, damage) => {
    const inputs = await wrappedInputs(scene);
    const { header, chunks } = sealVersion2(inputs, randomBytes(7), 4096, randomBytes(4 * 4096));
    expect(chunks).toHaveLength(4);
    const envelope = Buffer.concat([header, ...damage(chunks)]);
    const opening = openEnvelope(scene.owner, scene.reference, envelope);
    await expect(opening).rejects.toThrow(IntegrityError);
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
  expect((await loadSecret(scene.service, scene.reference, readSample)).value).toEqual(config);
  await scene.put(flippedLastBit(bytes));
  await expect(loadSecret(scene.service, scene.reference, readSample)).rejects.toThrow(IntegrityError);
});

function damaged(bytes: Buffer) {
  const altered = fc.nat({ max: bytes.length * 8 - 1 }).map((bit) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    return copy;
  });
  const truncated = fc.nat({ max: bytes.length - 1 }).map((length) => bytes.subarray(0, length));
  const extended = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((more) => Buffer.concat([bytes, more]));
  return fc.oneof(altered, truncated, extended);
}

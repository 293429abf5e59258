import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { maxPlaintextBytes } from '../../../secrets/cipher.ts';
import { sealEnvelopeChunks } from '../../../secrets/envelope/chunks.ts';
import { chunkBytes, maxEnvelopeBytes } from '../../../secrets/envelope/format.ts';
import { IntegrityError, InvalidArgumentError } from '../../../secrets/errors.ts';
import { seal, unseal } from '../../../secrets/seal.ts';
import { sealChunks, unsealChunks } from '../../../secrets/seal-chunks.ts';
import { maxObjectBytes } from '../../../secrets/store.ts';
import { createReadyScene, type Scene } from '../../support/scene.ts';
import { sealVersion1, sealVersion2, wrappedInputs } from '../support/envelope-by-document.ts';

let cloud: LocalCloud;
let scene: Scene;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
  scene = await createReadyScene(cloud);
});
afterAll(() => cloud?.close());

describe('what is sealed in chunks', () => {
  it.each([0, 1, maxPlaintextBytes + 1, 2 * chunkBytes, 2 * chunkBytes + 1])(
    'is the same as whole: %d bytes',
    async (size) => {
      const plaintext = randomBytes(size);
      const { chunks, keyVersion } = await sealChunks(scene.owner, scene.reference, plaintext);
      const whole = await seal(scene.owner, scene.reference, plaintext);
      const joined = Buffer.concat([...chunks]);
      expect(keyVersion).toBe(whole.keyVersion);
      expect(joined).toHaveLength(whole.bytes.length);
      expect((await unseal(scene.service, scene.reference, joined)).plaintext.equals(plaintext)).toBe(true);
    },
  );

  it('comes chunk by chunk, as long as was said', async () => {
    const plaintext = randomBytes(maxEnvelopeBytes);
    const { chunks, sizeBytes } = await sealEnvelopeChunks(scene.owner, scene.reference, plaintext);
    const lengths = Array.from(chunks, ({ length }) => length);
    expect(Math.max(...lengths)).toBe(chunkBytes);
    expect(lengths.reduce((sum, length) => sum + length)).toBe(sizeBytes);
  });

  it('has no more than an envelope takes', async () => {
    const sealing = sealChunks(scene.owner, scene.reference, Buffer.alloc(maxEnvelopeBytes + 1));
    await expect(sealing).rejects.toThrow(InvalidArgumentError);
  });
});

describe('what is opened in chunks', () => {
  it('may come in pieces of any size', async () => {
    const plaintext = randomBytes(20_000);
    const small = plaintext.subarray(0, 100);
    const inputs = await wrappedInputs(scene);
    const { header, chunks } = sealVersion2(inputs, randomBytes(7), 4096, plaintext);
    const forms = [
      { bytes: Buffer.concat([header, ...chunks]), expected: plaintext, format: 'envelope' },
      { bytes: sealVersion1(inputs, randomBytes(12), plaintext), expected: plaintext, format: 'envelope' },
      { bytes: (await seal(scene.owner, scene.reference, small)).bytes, expected: small, format: 'kms' },
    ];
    const size = fc.integer({ min: 1, max: 30_000 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...forms), size, async ({ bytes, expected, format }, pieceBytes) => {
        const opened = await unsealChunks(scene.service, scene.reference, inPieces(bytes, pieceBytes));
        expect(opened).toMatchObject({ usedPrimary: true, format });
        expect(Buffer.concat(await collect(opened.chunks)).equals(expected)).toBe(true);
      }),
      { numRuns: 50, examples: [[forms[0] as (typeof forms)[0], 1]] },
    );
  });

  it('is given out before more than two chunks have been read', async () => {
    const { header, chunks } = sealVersion2(
      await wrappedInputs(scene),
      randomBytes(7),
      4096,
      randomBytes(40_960),
    );
    const bytes = Buffer.concat([header, ...chunks]);
    let read = 0;
    let given = 0;
    const opened = await unsealChunks(
      scene.service,
      scene.reference,
      inPieces(bytes, 512, (length) => {
        read += length;
      }),
    );
    for await (const chunk of opened.chunks) {
      given += chunk.length;
      expect(read - given).toBeLessThan(header.length + 2 * 4096);
    }
    expect({ read, given }).toEqual({ read: bytes.length, given: 40_960 });
  });

  it('is given out as far as it was verified, and then refused', async () => {
    const plaintext = randomBytes(4 * 4096);
    const { header, chunks } = sealVersion2(await wrappedInputs(scene), randomBytes(7), 4096, plaintext);
    const bytes = Buffer.concat([header, ...chunks]);
    const length = fc.nat({ max: bytes.length - 1 });
    const atChunk = fc.nat({ max: 3 }).map((count) => header.length + count * (4096 + 16));
    await fc.assert(
      fc.asyncProperty(fc.oneof(length, atChunk), async (end) => {
        const given: Buffer[] = [];
        const failure = await openInto(given, inPieces(bytes.subarray(0, end), 1000)).catch((error) => error);
        expect(failure).toBeInstanceOf(IntegrityError);
        const beginning = Buffer.concat(given);
        expect(beginning.length % 4096).toBe(0);
        expect(plaintext.subarray(0, beginning.length).equals(beginning)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('is not read to its end when it cannot be a config', async () => {
    let read = 0;
    const endless = inPieces(Buffer.alloc(3 * maxObjectBytes), 1 << 20, (length) => {
      read += length;
    });
    await expect(unsealChunks(scene.owner, scene.reference, endless)).rejects.toThrow(IntegrityError);
    expect(read).toBeLessThan(2 * maxObjectBytes);
  });
});

async function openInto(given: Buffer[], pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const { chunks } = await unsealChunks(scene.service, scene.reference, pieces);
  for await (const chunk of chunks) given.push(Buffer.from(chunk));
}

async function collect(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const collected: Uint8Array[] = [];
  for await (const chunk of chunks) collected.push(chunk);
  return collected;
}

/** The bytes in pieces. */
async function* inPieces(bytes: Uint8Array, size: number, onRead: (length: number) => void = () => {}) {
  for (let at = 0; at < bytes.length; at += size) {
    const piece = Buffer.from(bytes.subarray(at, at + size));
    onRead(piece.length);
    yield piece;
  }
}

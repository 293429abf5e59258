import { ByteReader } from '../../secrets/envelope/byte-reader.ts';
import { openEnvelopeChunks, sealEnvelopeChunks } from '../../secrets/envelope/chunks.ts';
import { openEnvelope, sealEnvelope } from '../../secrets/envelope/envelope.ts';
import { maxEnvelopeBytes } from '../../secrets/envelope/format.ts';
import { releasing } from '../../secrets/envelope/release.ts';
import { instantKms, reference } from './stand-in.ts';

/**
 * Prints how many bytes of buffers were alive at the most, beyond those that were there before: `node memory.ts WHAT`.
 * A process of its own for each, as garbage that one leaves is another's gain.
 */
const PIECE_BYTES = 128 * 1024;
const plaintext = Buffer.alloc(maxEnvelopeBytes);
const { bytes: envelope } = await sealEnvelope(instantKms, reference, plaintext);
const before = process.memoryUsage().arrayBuffers;
let most = 0;
const look = () => {
  most = Math.max(most, process.memoryUsage().arrayBuffers - before);
};

const actions: Readonly<Record<string, () => Promise<unknown>>> = {
  'seal in chunks': async () =>
    drain(releasing((await sealEnvelopeChunks(instantKms, reference, plaintext)).chunks)),
  'open in chunks': async () => {
    const reader = new ByteReader(piecesOf(envelope));
    await drain(releasing((await openEnvelopeChunks(instantKms, reference, reader)).chunks));
  },
  'seal whole': () => sealEnvelope(instantKms, reference, plaintext),
  'open whole': () => openEnvelope(instantKms, reference, envelope),
};
const [, , name = ''] = process.argv;
await actions[name]?.();
look();
console.log(`most ${most}`);

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks) look();
}

async function* piecesOf(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const part = bytes.subarray(at, at + PIECE_BYTES);
    const piece = Buffer.allocUnsafeSlow(part.length);
    piece.set(part);
    yield piece;
  }
}

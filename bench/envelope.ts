import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { crc32 as zipCrc32 } from 'node:zlib';
import { crc32c as byteByByte } from '@aws-crypto/crc32c';
import { crc32c } from '../secrets/checksum.ts';
import { ByteReader } from '../secrets/envelope/byte-reader.ts';
import { createSealer } from '../secrets/envelope/chunk-cipher.ts';
import { openEnvelopeChunks, sealEnvelopeChunks } from '../secrets/envelope/chunks.ts';
import { openEnvelope, sealEnvelope } from '../secrets/envelope/envelope.ts';
import { chunkBytes, makeHeader, maxEnvelopeBytes } from '../secrets/envelope/format.ts';
import { release } from '../secrets/envelope/release.ts';
import { slices } from '../secrets/envelope/slices.ts';
import { instantKms, reference } from './envelope/stand-in.ts';
import { alternate, exactly, medianOf } from './support/measure.ts';
import { output, start } from './support/process.ts';
import type { LinePlot, Measure, Spread, Table, Target } from './support/report.ts';

const ROUNDS = 31;
/** As the command line reads files. */
const PIECE_BYTES = 128 * 1024;
const MEBIBYTE = 1024 * 1024;
const CHUNK_SIZES = [16, 32, 64, 128, 256, 512, 1024].map((kibibytes) => kibibytes * 1024);

const AES = 'AES-256-GCM alone (node:crypto), as fast as we know to ask';
const AES_KEPT = 'AES-256-GCM alone, memory left to the garbage collector';
const SEAL = 'seal in chunks';
const OPEN = 'open in chunks';
const SEAL_WHOLE = 'seal whole';
const OPEN_WHOLE = 'open whole';
const MEMORY = [SEAL, OPEN, SEAL_WHOLE, OPEN_WHOLE];

const plaintext = randomBytes(maxEnvelopeBytes);
const dataKey = createSecretKey(randomBytes(32));

/** An envelope of 10 MiB: speed beside what the machine's AES-GCM gives, memory, and the checksum that goes with it. */
export const measure: Measure = async () => {
  const envelopes = await alternate(ROUNDS, await envelopeMeasurements());
  const sizes = await alternate(ROUNDS, chunkSizeMeasurements());
  const checksums = await alternate(5, {
    'CRC32C, eight bytes a step (ours)': () => throughput(() => crc32c(plaintext)),
    'CRC32C of @aws-crypto/crc32c': () => throughput(() => byteByByte(plaintext)),
    "CRC-32 of node:zlib, which is not Google's": () => throughput(() => zipCrc32(plaintext)),
  });
  const memory = await Promise.all(MEMORY.map(mostBytes));
  return {
    title: 'Large configs',
    what:
      `A config of 10 MiB in memory to its envelope and back, Cloud KMS answering at once, ${ROUNDS} alternating ` +
      'rounds; the buffers that are alive beside those of the caller are counted at every chunk.',
    tables: tablesOf(envelopes, checksums, memory),
    targets: targetsOf(envelopes, memory),
    plots: [chunkSizePlot(sizes)],
    notes: [
      `The chunk has ${chunkBytes / 1024} KiB: below, setting up a cipher for each one costs more; above, it gains little and takes more memory.`,
      'Each chunk is given back when its receiver asks for the next one. Left to the garbage collector, 7 of 10 MiB pile up, and new memory for each chunk is slower than the same again.',
      'To open in chunks copies nothing, but pieces that are read end elsewhere than chunks: each chunk is three calls to the cipher, each with memory of its own, and waits for promises. Pieces of 256 KiB are faster by a tenth, and one chunk more in memory.',
      'The whole command does more than encrypt: it validates the config, hashes the ciphertext for the file beside it (SHA-256, three times the time of AES), and waits for the disk.',
    ],
  };
};

async function envelopeMeasurements(): Promise<Readonly<Record<string, () => Promise<number>>>> {
  const { bytes: envelope } = await sealEnvelope(instantKms, reference, plaintext);
  return {
    [AES]: () => throughput(() => encryptAlone(release)),
    [SEAL]: async () => {
      const { chunks } = await sealEnvelopeChunks(instantKms, reference, plaintext);
      return throughput(() => releaseAll(chunks));
    },
    [OPEN]: async () => {
      const reader = new ByteReader(piecesOf(envelope));
      const { chunks } = await openEnvelopeChunks(instantKms, reference, reader);
      return throughput(() => releaseAll(chunks));
    },
    [SEAL_WHOLE]: () =>
      throughput(async () => release((await sealEnvelope(instantKms, reference, plaintext)).bytes)),
    [OPEN_WHOLE]: () =>
      throughput(async () => release((await openEnvelope(instantKms, reference, envelope)).plaintext)),
    // The last one, as what it leaves has to be collected by somebody.
    [AES_KEPT]: () => throughput(() => encryptAlone(() => {})),
  };
}

async function releaseAll(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  // No promise for each where there needs to be none.
  if (Symbol.iterator in chunks) for (const chunk of chunks) release(chunk);
  else for await (const chunk of chunks) release(chunk);
}

function chunkSizeMeasurements(): Readonly<Record<string, () => Promise<number>>> {
  const measurements = CHUNK_SIZES.map((size) => {
    const seal = () => {
      const sealChunk = createSealer(dataKey, makeHeader(Buffer.alloc(113)), Buffer.alloc(100));
      for (const { bytes, isLast } of slices(plaintext, size)) sealChunk(bytes, isLast).forEach(release);
    };
    return [String(size), () => throughput(seal)] as const;
  });
  return Object.fromEntries(measurements);
}

/** One cipher over all of it, in chunks of the same size. */
function encryptAlone(done: (ciphertext: Uint8Array) => void): void {
  const cipher = createCipheriv('aes-256-gcm', dataKey, randomBytes(12));
  for (const { bytes } of slices(plaintext, chunkBytes)) done(cipher.update(bytes));
  cipher.final();
  cipher.getAuthTag();
}

/** How many MiB a second something takes that takes 10 MiB. */
async function throughput(action: () => unknown): Promise<number> {
  const begin = performance.now();
  await action();
  return maxEnvelopeBytes / MEBIBYTE / ((performance.now() - begin) / 1000);
}

async function* piecesOf(bytes: Uint8Array) {
  for (const piece of slices(bytes, PIECE_BYTES)) yield piece.bytes;
}

async function mostBytes(name: string): Promise<Spread> {
  const [, most = ''] = await output(start(['bench/envelope/memory.ts', name]), /most (\d+)/);
  return exactly(name, Number(most) / 1024);
}

function tablesOf(
  envelopes: readonly Spread[],
  checksums: readonly Spread[],
  memory: readonly Spread[],
): Table[] {
  return [
    { caption: 'An envelope of 10 MiB', unit: 'MiB/s', rows: envelopes },
    { caption: 'Memory beside the 10 MiB that the caller holds', unit: 'KiB', rows: memory },
    { caption: 'The checksum of 10 MiB', unit: 'MiB/s', rows: checksums },
  ];
}

function targetsOf(envelopes: readonly Spread[], memory: readonly Spread[]): Target[] {
  const aes = medianOf(envelopes, AES);
  const speeds = [SEAL, OPEN].map((name) => ({
    text: `${name}, against AES-GCM alone`,
    bound: 'at least' as const,
    allowed: 0.8,
    measured: medianOf(envelopes, name) / aes,
    unit: 'times',
  }));
  const chunks = [SEAL, OPEN].map((name) => ({
    text: `memory to ${name}`,
    bound: 'at most' as const,
    allowed: 4,
    measured: (medianOf(memory, name) * 1024) / chunkBytes,
    unit: 'chunks',
  }));
  return [...speeds, ...chunks];
}

function chunkSizePlot(sizes: readonly Spread[]): LinePlot {
  const points = sizes.map(({ name, ...spread }) => ({ ...spread, x: Number(name) / 1024 }));
  return {
    kind: 'lines',
    title: 'Speed of sealing by the size of the chunks',
    x: 'KiB a chunk',
    y: 'MiB/s',
    lines: [{ name: 'seal', points }],
  };
}

import { randomBytes } from 'node:crypto';
import { IntegrityError } from '../errors.ts';
import { replaceCommand } from '../fixes.ts';

/** Most bytes that an envelope takes: 10 MiB. */
export const maxEnvelopeBytes = 10 * 1024 * 1024;

/** What comes with an envelope besides its plaintext, at most: header, wrapped data key, a tag for each chunk. */
export const envelopeOverheadBytes = 4096;

/** Plaintext of every chunk but the last. Smaller ones are slower (bench/envelope.ts), larger ones take more memory. */
export const chunkBytes = 256 * 1024;

/** Tag of AES-GCM. */
export const tagBytes = 16;

/** Key of AES-256. */
export const dataKeyBytes = 32;

/** Chunk sizes that a reader takes: what is outside would make it slow, or fill its memory. */
const chunkSizes = { least: 4 * 1024, most: 1024 * 1024 } as const;

// A Cloud KMS ciphertext is a protocol buffer and begins with 0x0a, so the two cannot be taken for each other.
const magic = Buffer.from('CRIENV\x00', 'latin1');
const version = 2;
const offsets = { version: magic.length, chunkBytes: 8, wrappedKeyLength: 12, wrappedKey: 14 } as const;
const noncePrefixBytes = 7;

/** How many bytes at its beginning say that something is an envelope. */
export const envelopeMagicBytes = magic.length;

/** How many bytes at its beginning say how long the header is. */
export const headerStartBytes = offsets.wrappedKey;

/** What an envelope of version 2 begins with; nothing of it has been authenticated. */
export interface Header {
  /** The whole of it, as it is written. */
  readonly bytes: Uint8Array;
  readonly chunkBytes: number;
  readonly wrappedKey: Uint8Array;
  /** What the nonces of all chunks begin with. */
  readonly noncePrefix: Uint8Array;
}

/** Whether the bytes say that they are an envelope, of whichever version. */
export function isEnvelope(bytes: Uint8Array): boolean {
  return magic.equals(bytes.subarray(0, magic.length));
}

/** How many bytes an envelope of version 2 has. */
export function envelopeLength(header: Header, plaintextLength: number): number {
  const chunks = Math.max(1, Math.ceil(plaintextLength / header.chunkBytes));
  return header.bytes.length + plaintextLength + tagBytes * chunks;
}

/** How many bytes of plaintext are in chunks, of which all but the last are full. */
export function plaintextLength(header: Header, chunksLength: number): number {
  return chunksLength - tagBytes * Math.ceil(chunksLength / (header.chunkBytes + tagBytes));
}

/**
 * Whether an envelope is of version 1, not 2.
 *
 * @throws IntegrityError when it is of neither
 */
export function isVersion1(envelope: Uint8Array): boolean {
  const found = envelope[offsets.version];
  if (found === 1 || found === version) return found === 1;
  throw new IntegrityError(
    `The envelope is ${found === undefined ? 'cut off' : `of version ${found}`}; versions 1 and 2 can be opened.`,
    `use a program of the version that made it, or ${replaceCommand()}`,
  );
}

/** The header of a new envelope. */
export function makeHeader(wrappedKey: Uint8Array): Header {
  const start = Buffer.alloc(headerStartBytes);
  start.set(magic);
  start.writeUInt8(version, offsets.version);
  start.writeUInt32BE(chunkBytes, offsets.chunkBytes);
  start.writeUInt16BE(wrappedKey.length, offsets.wrappedKeyLength);
  const noncePrefix = randomBytes(noncePrefixBytes);
  return { bytes: Buffer.concat([start, wrappedKey, noncePrefix]), chunkBytes, wrappedKey, noncePrefix };
}

/**
 * How many bytes the header has.
 *
 * @param start the first headerStartBytes of an envelope of version 2
 */
export function headerLength(start: Uint8Array): number {
  return offsets.wrappedKey + viewOf(start).getUint16(offsets.wrappedKeyLength) + noncePrefixBytes;
}

/**
 * Takes a header apart.
 *
 * @param bytes an envelope of version 2, or just its header
 * @returns undefined when it is cut off, or has a chunk size that no writer uses
 */
export function parseHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length < headerStartBytes || bytes.length < headerLength(bytes)) return undefined;
  const header = bytes.subarray(0, headerLength(bytes));
  const size = viewOf(header).getUint32(offsets.chunkBytes);
  if (size < chunkSizes.least || size > chunkSizes.most) return undefined;
  return {
    bytes: header,
    chunkBytes: size,
    wrappedKey: header.subarray(offsets.wrappedKey, -noncePrefixBytes),
    noncePrefix: header.subarray(-noncePrefixBytes),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

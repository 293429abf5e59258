import type { KeyObject } from 'node:crypto';
import type { CipherApi } from '../apis.ts';
import type { EncryptOptions } from '../cipher.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { SecretReference } from '../reference.ts';
import type { ByteReader } from './byte-reader.ts';
import { createOpener, createSealer } from './chunk-cipher.ts';
import { bindingOf, makeDataKey, notOurs, unwrapDataKey } from './data-key.ts';
import {
  envelopeLength,
  envelopeOverheadBytes,
  type Header,
  headerLength,
  headerStartBytes,
  isVersion1,
  makeHeader,
  maxEnvelopeBytes,
  parseHeader,
  tagBytes,
} from './format.ts';
import { slices } from './slices.ts';
import { openVersion1 } from './version-1.ts';

/** An envelope as it is made, in pieces; to be iterated over once. */
export interface SealedChunks {
  /** Each is its receiver's own. */
  readonly chunks: Iterable<Buffer>;
  /** Of all chunks together. */
  readonly sizeBytes: number;
  /** Full resource name of the key version that wrapped the data key. */
  readonly keyVersion: string;
}

/** What an envelope holds, in pieces; to be iterated over once. */
export interface OpenedChunks {
  /** Each is its receiver's own. Throws IntegrityError where the envelope was altered or ends too early. */
  readonly chunks: Iterable<Buffer> | AsyncIterable<Buffer>;
  /** Whether the key's primary version wrapped the data key. */
  readonly usedPrimary: boolean;
}

/**
 * Makes an envelope as sealEnvelope does, but never has the whole of it in memory.
 *
 * @param plaintext must stay as it is until the last chunk has been made
 * @throws SecretError
 */
export async function sealEnvelopeChunks(
  apis: CipherApi,
  reference: SecretReference,
  plaintext: Uint8Array,
  version?: EncryptOptions['version'],
): Promise<SealedChunks> {
  if (plaintext.length > maxEnvelopeBytes) {
    throw new InvalidArgumentError(
      `The plaintext has ${plaintext.length} bytes, an envelope takes at most ${maxEnvelopeBytes}.`,
      'make it smaller.',
    );
  }
  const { dataKey, wrappedKey, keyVersion } = await makeDataKey(apis, reference, version);
  const header = makeHeader(wrappedKey);
  return {
    chunks: sealedChunks(dataKey, header, bindingOf(reference), plaintext),
    sizeBytes: envelopeLength(header, plaintext.length),
    keyVersion,
  };
}

/**
 * Opens an envelope as openEnvelope does, but has no more than a chunk of it in memory. What is given out is
 * authenticated as the chunk of this place in this envelope; that none is missing only the end shows, so until then it
 * is a beginning and no more.
 *
 * @throws SecretError; IntegrityError also from the chunks
 */
export async function openEnvelopeChunks(
  apis: CipherApi,
  reference: SecretReference,
  envelope: ByteReader,
): Promise<OpenedChunks> {
  const start = await envelope.peek(headerStartBytes);
  if (isVersion1(start)) {
    const bytes = await envelope.readAll(maxEnvelopeBytes + envelopeOverheadBytes);
    if (!bytes) throw notOurs(reference);
    const { plaintext, usedPrimary } = await openVersion1(apis, reference, bytes);
    return { chunks: [plaintext], usedPrimary };
  }
  const header = await readHeader(envelope, start);
  if (!header) throw notOurs(reference);
  const { dataKey, usedPrimary } = await unwrapDataKey(apis, reference, header.wrappedKey);
  return { chunks: openedChunks(dataKey, header, reference, envelope), usedPrimary };
}

async function readHeader(envelope: ByteReader, start: Uint8Array): Promise<Header | undefined> {
  if (start.length < headerStartBytes) return undefined;
  return parseHeader(Buffer.concat(await envelope.take(headerLength(start))));
}

function* sealedChunks(dataKey: KeyObject, header: Header, binding: Uint8Array, plaintext: Uint8Array) {
  const seal = createSealer(dataKey, header, binding);
  yield Buffer.from(header.bytes);
  for (const { bytes, isLast } of slices(plaintext, header.chunkBytes)) yield* seal(bytes, isLast);
}

async function* openedChunks(
  dataKey: KeyObject,
  header: Header,
  reference: SecretReference,
  envelope: ByteReader,
) {
  const open = createOpener(dataKey, header, bindingOf(reference));
  for (let isLast = false; !isLast; ) {
    const sealed = await envelope.take(header.chunkBytes + tagBytes);
    isLast = await envelope.isAtEnd();
    yield* openOrRefuse(open, sealed, isLast, reference);
  }
}

function openOrRefuse(
  open: ReturnType<typeof createOpener>,
  sealed: readonly Uint8Array[],
  isLast: boolean,
  reference: SecretReference,
): Buffer[] {
  try {
    return open(sealed, isLast);
  } catch (cause) {
    throw notOurs(reference, cause);
  }
}

import type { KeyObject } from 'node:crypto';
import type { CipherApi } from '../apis.ts';
import type { EncryptOptions } from '../cipher.ts';
import type { SecretReference } from '../reference.ts';
import { createOpener } from './chunk-cipher.ts';
import { sealEnvelopeChunks } from './chunks.ts';
import { bindingOf, notOurs, unwrapDataKey } from './data-key.ts';
import { type Header, isVersion1, parseHeader, plaintextLength, tagBytes } from './format.ts';
import { release } from './release.ts';
import { slices } from './slices.ts';
import { openVersion1 } from './version-1.ts';

/**
 * Encrypts with AES-256-GCM under a data key of its own, which Cloud KMS wraps. Data key and ciphertext are both bound
 * to bucket and object: elsewhere the envelope does not open. docs/envelope.md has the format byte by byte.
 *
 * @returns the envelope, and the key version that wrapped the data key
 * @throws SecretError
 */
export async function sealEnvelope(
  apis: CipherApi,
  reference: SecretReference,
  plaintext: Uint8Array,
  version?: EncryptOptions['version'],
): Promise<{ bytes: Buffer; keyVersion: string }> {
  const { chunks, sizeBytes, keyVersion } = await sealEnvelopeChunks(apis, reference, plaintext, version);
  return { bytes: join(chunks, sizeBytes), keyVersion };
}

/**
 * Opens an envelope with the pinned key, as that of the pinned bucket and object.
 *
 * @throws IntegrityError when it is another object's, of another key, altered or truncated; other SecretErrors
 */
export async function openEnvelope(
  apis: CipherApi,
  reference: SecretReference,
  envelope: Uint8Array,
): Promise<{ plaintext: Buffer; usedPrimary: boolean }> {
  if (isVersion1(envelope)) return openVersion1(apis, reference, envelope);
  const header = parseHeader(envelope);
  if (!header) throw notOurs(reference);
  const { dataKey, usedPrimary } = await unwrapDataKey(apis, reference, header.wrappedKey);
  const sealed = envelope.subarray(header.bytes.length);
  if (sealed.length < tagBytes) throw notOurs(reference);
  try {
    const chunks = openedChunks(dataKey, header, bindingOf(reference), sealed);
    return { plaintext: join(chunks, plaintextLength(header, sealed.length)), usedPrimary };
  } catch (cause) {
    throw notOurs(reference, cause);
  }
}

function* openedChunks(dataKey: KeyObject, header: Header, binding: Uint8Array, sealed: Uint8Array) {
  const open = createOpener(dataKey, header, binding);
  for (const { bytes, isLast } of slices(sealed, header.chunkBytes + tagBytes)) yield* open([bytes], isLast);
}

function join(chunks: Iterable<Uint8Array>, length: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  for (const chunk of chunks) {
    whole.set(chunk, filled);
    filled += chunk.length;
    release(chunk);
  }
  return whole;
}

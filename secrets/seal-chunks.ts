import type { CipherApi } from './apis.ts';
import { decrypt } from './cipher.ts';
import { ByteReader } from './envelope/byte-reader.ts';
import { openEnvelopeChunks, sealEnvelopeChunks } from './envelope/chunks.ts';
import { envelopeMagicBytes, isEnvelope } from './envelope/format.ts';
import { IntegrityError } from './errors.ts';
import { replaceCommand } from './fixes.ts';
import type { SecretReference } from './reference.ts';
import { type Sealed, type SealOptions, seal, takesEnvelope, type Unsealed } from './seal.ts';
import { maxObjectBytes } from './store.ts';

/** An encrypted config in pieces, to be iterated over once; each is its receiver's own. */
export interface SealedChunks extends Omit<Sealed, 'bytes'> {
  readonly chunks: Iterable<Uint8Array>;
}

/** A decrypted config in pieces, to be iterated over once; each is its receiver's own. */
export interface UnsealedChunks extends Omit<Unsealed, 'plaintext'> {
  /** Throws IntegrityError where an envelope was altered or ends too early: until the end it is a beginning. */
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/**
 * Encrypts as seal does, but in pieces: of an envelope, never more than a chunk is in memory.
 *
 * @param plaintext must stay as it is until the last piece has been made
 * @throws SecretError
 */
export async function sealChunks(
  apis: CipherApi,
  reference: SecretReference,
  plaintext: Uint8Array,
  options: SealOptions = {},
): Promise<SealedChunks> {
  if (takesEnvelope(plaintext, options.format)) {
    return sealEnvelopeChunks(apis, reference, plaintext, options.version);
  }
  const { bytes, keyVersion } = await seal(apis, reference, plaintext, options);
  return { chunks: [bytes], keyVersion };
}

/**
 * Decrypts as unseal does, but in pieces: of an envelope, never more than a chunk is in memory.
 *
 * @param bytes each piece is given away: it must not change, and is gone in the end
 * @throws SecretError; IntegrityError also from the chunks
 */
export async function unsealChunks(
  apis: CipherApi,
  reference: SecretReference,
  bytes: AsyncIterable<Uint8Array>,
): Promise<UnsealedChunks> {
  const reader = new ByteReader(bytes);
  if (isEnvelope(await reader.peek(envelopeMagicBytes))) {
    return { ...(await openEnvelopeChunks(apis, reference, reader)), format: 'envelope' };
  }
  const ciphertext = await reader.readAll(maxObjectBytes);
  if (!ciphertext) {
    throw new IntegrityError(
      `What has more than ${maxObjectBytes} bytes and is no envelope is not the ciphertext of a config.`,
      replaceCommand(),
    );
  }
  const { plaintext, usedPrimary } = await decrypt(apis, reference.key, ciphertext);
  return { chunks: [plaintext], usedPrimary, format: 'kms' };
}

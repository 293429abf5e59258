import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';

const CIPHER = 'aes-256-gcm';

/** A key that a request brings along. */
export interface CustomerKey {
  readonly key: Buffer;
  /** Base64. */
  readonly sha256: string;
}

/** What is kept of the encryption with it: never the key. */
export interface SuppliedEncryption {
  readonly sha256: string;
  readonly nonce: Buffer;
  readonly tag: Buffer;
}

interface Sealed {
  readonly content: Buffer;
  readonly supplied?: SuppliedEncryption;
}

/** Which headers bring the key: that of the object, or of a copy's source. */
export type KeyHeaders = 'x-goog-encryption' | 'x-goog-copy-source-encryption';

/**
 * The encryption key that a request supplies (https://cloud.google.com/storage/docs/encryption/customer-supplied-keys).
 * @throws GoogleApiError 400 for another algorithm, a key that is none, a hash of another one
 */
export function customerKeyOf(
  { headers }: FastifyRequest,
  prefix: KeyHeaders = 'x-goog-encryption',
): CustomerKey | undefined {
  const [algorithm, given, hash] = ['algorithm', 'key', 'key-sha256'].map(
    (name) => headers[`${prefix}-${name}`],
  );
  if (algorithm === undefined && given === undefined && hash === undefined) return undefined;
  if (algorithm !== 'AES256') {
    throw invalid('The encryption algorithm must be AES256.', 'customerEncryptionAlgorithmIsInvalid');
  }
  const key = Buffer.from(String(given ?? ''), 'base64');
  if (key.length !== 32) {
    throw invalid(
      'Missing an encryption key, or it is not of 256 bits.',
      'customerEncryptionKeyFormatIsInvalid',
    );
  }
  const sha256 = createHash('sha256').update(key).digest('base64');
  if (hash !== sha256) {
    throw invalid('The key does not have the given SHA256 hash.', 'customerEncryptionKeySha256IsInvalid');
  }
  return { key, sha256 };
}

/** Encrypts bytes with a supplied key. */
export function sealSupplied({ key, sha256 }: CustomerKey, content: Buffer) {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
  return { content: sealed, supplied: { sha256, nonce, tag: cipher.getAuthTag() } };
}

/**
 * A generation with its bytes as they are without a supplied key.
 * @throws GoogleApiError 400 where the key is missing, is another one, or where there is none to bring
 */
export function openSupplied<Version extends Sealed>(
  version: Version,
  given: CustomerKey | undefined,
): Version {
  const { supplied, content } = version;
  if (!supplied) {
    if (!given) return version;
    throw invalid(
      'The target object is not encrypted by a customer-supplied encryption key.',
      'resourceNotEncryptedWithCustomerEncryptionKey',
    );
  }
  if (!given) {
    throw invalid(
      'The target object is encrypted by a customer-supplied encryption key.',
      'resourceIsEncryptedWithCustomerEncryptionKey',
    );
  }
  if (given.sha256 !== supplied.sha256) {
    throw invalid('The provided encryption key is incorrect.', 'customerEncryptionKeyIsIncorrect');
  }
  const decipher = createDecipheriv(CIPHER, given.key, supplied.nonce).setAuthTag(supplied.tag);
  return { ...version, content: Buffer.concat([decipher.update(content), decipher.final()]) };
}

/** Says with which key an object's bytes are encrypted. */
export function setSuppliedHeaders(reply: FastifyReply, { supplied }: Sealed): void {
  if (!supplied) return;
  reply.headers({
    'x-goog-encryption-algorithm': 'AES256',
    'x-goog-encryption-key-sha256': supplied.sha256,
  });
}

function invalid(message: string, reason: string): GoogleApiError {
  return new GoogleApiError('INVALID_ARGUMENT', message, { reason });
}

import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { CipherApi } from '../apis.ts';
import { decrypt, encrypt } from '../cipher.ts';
import { IntegrityError } from '../errors.ts';
import { replaceCommand } from '../fixes.ts';
import { objectUrl, type SecretReference } from '../reference.ts';
import { dataKeyBytes } from './format.ts';

/** A data key of its own for one envelope. */
export interface WrappedKey {
  readonly dataKey: KeyObject;
  /** The data key, encrypted by Cloud KMS with the binding as additional authenticated data. */
  readonly wrappedKey: Uint8Array;
  /** Full resource name of the key version that wrapped it. */
  readonly keyVersion: string;
}

/**
 * Makes a data key and has Cloud KMS wrap it.
 *
 * @param version full resource name of the version of the key to use. @default the primary version
 * @throws SecretError
 */
export async function makeDataKey(
  apis: CipherApi,
  reference: SecretReference,
  version: string | undefined,
): Promise<WrappedKey> {
  const bytes = randomBytes(dataKeyBytes);
  const options = { additionalAuthenticatedData: bindingOf(reference), version };
  const { ciphertext, keyVersion } = await encrypt(apis, reference.key, bytes, options);
  return { dataKey: secretKey(bytes), wrappedKey: ciphertext, keyVersion };
}

/**
 * Has Cloud KMS unwrap a data key, with the pinned key and the binding to the pinned bucket and object.
 *
 * @throws IntegrityError when it was wrapped with another key or for another object; other SecretErrors
 */
export async function unwrapDataKey(
  apis: CipherApi,
  reference: SecretReference,
  wrappedKey: Uint8Array,
): Promise<{ dataKey: KeyObject; usedPrimary: boolean }> {
  const unwrapping = decrypt(apis, reference.key, wrappedKey, bindingOf(reference));
  const { plaintext, usedPrimary } = await unwrapping.catch((error: unknown) => {
    throw error instanceof IntegrityError ? notOurs(reference, error) : error;
  });
  if (plaintext.length !== dataKeyBytes) throw notOurs(reference);
  return { dataKey: secretKey(plaintext), usedPrimary };
}

/**
 * What binds an envelope to its object: the full resource name
 * (https://cloud.google.com/iam/docs/full-resource-names).
 */
export function bindingOf({ bucket, object }: Pick<SecretReference, 'bucket' | 'object'>): Buffer {
  return Buffer.from(`//storage.googleapis.com/projects/_/buckets/${bucket}/objects/${object}`);
}

/** What is said of an envelope that does not open. */
export function notOurs({ bucket, object, key }: SecretReference, cause?: unknown): IntegrityError {
  return new IntegrityError(
    `The envelope was not made with the key ${key} for ${objectUrl(bucket, object)}, or was altered or truncated since.`,
    replaceCommand(),
    { cause },
  );
}

/** OpenSSL's copy of the key: it is not read anew for every chunk, and not left in the heap. */
function secretKey(bytes: Buffer): KeyObject {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

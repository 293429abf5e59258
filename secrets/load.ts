import type { ConfigApis, ObjectVersion } from './apis.ts';
import type { KeysChanged } from './key-ages.ts';
import type { SecretReference } from './reference.ts';
import { unseal } from './seal.ts';
import { readObject, readObjectUnless, type StoredObject } from './store.ts';

/** A secret's value and where it comes from. */
export interface LoadedSecret<Value = unknown> extends ObjectVersion {
  readonly value: Value;
  readonly reference: SecretReference;
  /** CRC32C of the ciphertext, hexadecimal: tells values apart and says nothing of what is in them. */
  readonly fingerprint: string;
  /** Key version noted beside the object when it was encrypted; informational. */
  readonly keyVersion: string | undefined;
  /** When its values changed, as noted beside the object; undefined where nobody noted it. */
  readonly keysChanged: KeysChanged | undefined;
  /** Whether the key's primary version made the ciphertext. */
  readonly usedPrimary: boolean;
  readonly loadedAt: Date;
}

/** Makes a value of a plaintext. @throws InvalidSecretError */
export type ReadValue<Value> = (plaintext: Uint8Array) => Promise<Value>;

/**
 * Reads, decrypts and validates a secret: one object, one key, nothing listed.
 *
 * @throws SecretError of errors.ts; `retryable` says whether to try again
 */
export async function loadSecret<Value>(
  apis: ConfigApis,
  reference: SecretReference,
  read: ReadValue<Value>,
): Promise<LoadedSecret<Value>> {
  return open(apis, reference, read, await readObject(apis, reference.bucket, reference.object));
}

/**
 * Loads a secret unless the object still is the version that was loaded before. When nothing has changed this is one
 * call: no download, none to Cloud KMS.
 *
 * @param previous what was loaded before
 * @returns undefined when nothing has changed
 * @throws SecretError of errors.ts
 */
export async function loadSecretIfChanged<Value>(
  apis: ConfigApis,
  reference: SecretReference,
  read: ReadValue<Value>,
  previous: ObjectVersion,
): Promise<LoadedSecret<Value> | undefined> {
  const stored = await readObjectUnless(apis, reference.bucket, reference.object, previous);
  return stored && open(apis, reference, read, stored);
}

async function open<Value>(
  apis: ConfigApis,
  reference: SecretReference,
  read: ReadValue<Value>,
  { bytes, fingerprint, generation, etag, keyVersion, keysChanged }: StoredObject,
): Promise<LoadedSecret<Value>> {
  const { plaintext, usedPrimary } = await unseal(apis, reference, bytes);
  const value = await read(plaintext);
  const loadedAt = new Date();
  return Object.freeze({
    value,
    reference,
    generation,
    etag,
    fingerprint,
    keyVersion,
    keysChanged,
    usedPrimary,
    loadedAt,
  });
}

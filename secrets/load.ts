import type { ConfigApis, ObjectVersion } from './apis.ts';
import { type Config, parseConfig } from './value.ts';
import type { SecretReference } from './reference.ts';
import { unseal } from './seal.ts';
import { readObject, readObjectUnless, type StoredObject } from './store.ts';

/** A config and where it comes from. */
export interface LoadedConfig extends ObjectVersion {
  readonly config: Config;
  readonly reference: SecretReference;
  /** CRC32C of the ciphertext, hexadecimal: tells configs apart and says nothing of what is in them. */
  readonly fingerprint: string;
  /** Key version noted beside the object when it was encrypted; informational. */
  readonly keyVersion: string | undefined;
  /** Whether the key's primary version made the ciphertext. */
  readonly usedPrimary: boolean;
  readonly loadedAt: Date;
}

/**
 * Reads, decrypts and validates the config: one object, one key, nothing listed.
 *
 * @throws SecretError of errors.ts; `retryable` says whether to try again
 */
export async function loadConfig(apis: ConfigApis, reference: SecretReference): Promise<LoadedConfig> {
  return openConfig(apis, reference, await readObject(apis, reference.bucket, reference.object));
}

/**
 * Loads the config unless the object still is the version that was loaded before. When nothing has changed this is one
 * call: no download, none to Cloud KMS.
 *
 * @param previous what was loaded before
 * @returns undefined when nothing has changed
 * @throws SecretError of errors.ts
 */
export async function loadConfigIfChanged(
  apis: ConfigApis,
  reference: SecretReference,
  previous: ObjectVersion,
): Promise<LoadedConfig | undefined> {
  const stored = await readObjectUnless(apis, reference.bucket, reference.object, previous);
  return stored && openConfig(apis, reference, stored);
}

async function openConfig(
  apis: ConfigApis,
  reference: SecretReference,
  { bytes, fingerprint, generation, etag, keyVersion }: StoredObject,
): Promise<LoadedConfig> {
  const { plaintext, usedPrimary } = await unseal(apis, reference, bytes);
  const config = await parseConfig(plaintext);
  const loadedAt = new Date();
  return Object.freeze({
    config,
    reference,
    generation,
    etag,
    fingerprint,
    keyVersion,
    usedPrimary,
    loadedAt,
  });
}

import { crc32c } from './checksum.ts';
import type { GoogleClients } from './clients.ts';
import { type Config, parseConfig } from './config.ts';
import { liveGeneration } from './generations.ts';
import type { SecretReference } from './reference.ts';
import { unseal } from './seal.ts';
import { readObject } from './store.ts';

/** A config and where it comes from. */
export interface LoadedConfig {
  readonly config: Config;
  readonly reference: SecretReference;
  /** Generation of the object that was read. */
  readonly generation: string;
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
export async function loadConfig(clients: GoogleClients, reference: SecretReference): Promise<LoadedConfig> {
  const { bytes, generation, keyVersion } = await readObject(clients, reference.bucket, reference.object);
  const { plaintext, usedPrimary } = await unseal(clients, reference, bytes);
  const config = parseConfig(plaintext);
  const fingerprint = crc32c(bytes).toString(16).padStart(8, '0');
  const loadedAt = new Date();
  return Object.freeze({ config, reference, generation, fingerprint, keyVersion, usedPrimary, loadedAt });
}

/**
 * Loads the config unless the object still is the generation that was loaded before. When nothing has changed this is
 * one read of the object's metadata: no download, no call to Cloud KMS.
 *
 * @returns undefined when nothing has changed
 * @throws SecretError of errors.ts
 */
export async function loadConfigIfChanged(
  clients: GoogleClients,
  reference: SecretReference,
  generation: string,
): Promise<LoadedConfig | undefined> {
  if ((await liveGeneration(clients, reference)) === generation) return undefined;
  return loadConfig(clients, reference);
}

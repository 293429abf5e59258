import { decrypt } from './cipher.ts';
import type { GoogleClients } from './clients.ts';
import { type Config, parseConfig } from './config.ts';
import type { SecretReference } from './reference.ts';
import { readObject } from './store.ts';

/** A config and where it comes from. */
export interface LoadedConfig {
  readonly config: Config;
  readonly reference: SecretReference;
  /** Generation of the object that was read. */
  readonly generation: string;
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
  const { plaintext, usedPrimary } = await decrypt(clients, reference.key, bytes);
  const config = parseConfig(plaintext);
  return Object.freeze({ config, reference, generation, keyVersion, usedPrimary, loadedAt: new Date() });
}

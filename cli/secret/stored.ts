import { readObject, type Unsealed, unseal } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import type { ReadableSecret } from './open.ts';

/** One generation of the config, decrypted. */
export interface StoredConfig extends Unsealed {
  readonly generation: string;
  /** As noted beside the object. */
  readonly keyVersion: string | undefined;
}

/**
 * Reads and decrypts a generation of the config. Whether it is valid is the caller's question.
 *
 * @param generation @default the live one
 * @throws CommandError for a generation that is no number; SecretError
 */
export async function readStored(
  { clients, reference }: ReadableSecret,
  generation?: string,
): Promise<StoredConfig> {
  const { bucket, object } = reference;
  const stored = await readObject(clients, bucket, object, generation && parseGeneration(generation));
  const unsealed = await unseal(clients, reference, stored.bytes);
  return { ...unsealed, generation: stored.generation, keyVersion: stored.keyVersion };
}

/**
 * A generation as the user wrote it: a number of up to 19 digits.
 * @throws CommandError
 */
export function parseGeneration(text: string): string {
  if (/^\d{1,19}$/.test(text)) return text;
  throw new CommandError(
    `${JSON.stringify(text)} is not a generation: it must be a number. npx cloud-run-identity history lists them.`,
  );
}

import { type Format, NotFoundError, noGeneration } from '@cloud-run-identity/secrets';
import type { OpenSecret } from './open.ts';
import { readStored } from './stored.ts';
import { formatValues, readValues, type Values } from './values.ts';
import { type Written, writeConfig } from './write.ts';

/** The config that is live, and what is written in its place. */
export interface LiveConfig {
  /** noGeneration where there is no object yet. */
  readonly generation: string;
  /** Empty where there is no object yet. */
  readonly plaintext: Uint8Array;
  /** What a config that takes its place is written as; undefined where there is no object yet. */
  readonly format: Format | undefined;
}

/** The live config, also when there is none yet. @throws SecretError */
export async function readLive(secret: OpenSecret): Promise<LiveConfig> {
  try {
    return await readStored(secret);
  } catch (error) {
    if (!(error instanceof NotFoundError) || !error.resource.startsWith('gs://')) throw error;
    return { generation: noGeneration, plaintext: Buffer.from('{}'), format: undefined };
  }
}

/**
 * Changes some keys of the live config; nothing is written when that changes nothing.
 *
 * @returns what was written in place of which generation; undefined when nothing was
 * @throws InvalidConfigError when the changed config is not valid; ConflictError when somebody else was faster
 */
export async function modifyConfig(
  secret: OpenSecret,
  change: (values: Values) => Values,
): Promise<(Written & { replaced: string }) | undefined> {
  const { generation, plaintext, format } = await readLive(secret);
  const before = readValues(plaintext);
  const after = change(before);
  if (JSON.stringify(after) === JSON.stringify(before)) return undefined;
  const written = await writeConfig(secret, formatValues(after), generation, { format });
  return { ...written, replaced: generation };
}

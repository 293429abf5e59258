import {
  type KeysChanged,
  NotFoundError,
  noGeneration,
  readObject,
  type Unsealed,
  unseal,
} from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { commandOn, type OpenSecret, type ReadableSecret } from './open.ts';
import { checkSecretOr } from './shape.ts';
import { formatValues, readValues, type Values } from './values.ts';
import { type Written, writeSecret } from './write.ts';

/** One generation of a secret, decrypted. */
export interface StoredSecret extends Unsealed {
  readonly generation: string;
  /** As noted beside the object. */
  readonly keyVersion: string | undefined;
  /** When its values changed, as noted beside the object. */
  readonly keysChanged: KeysChanged | undefined;
}

/**
 * Reads and decrypts a generation of a secret. Whether it is valid is the caller's question.
 *
 * @param generation @default the live one
 * @throws CommandError for a generation that is no number, or is not there; SecretError
 */
export async function readStored(secret: ReadableSecret, generation?: string): Promise<StoredSecret> {
  const stored = await readCiphertext(secret, generation);
  const unsealed = await unseal(secret.clients, secret.reference, stored.bytes);
  const { generation: read, keyVersion, keysChanged } = stored;
  return { ...unsealed, generation: read, keyVersion, keysChanged };
}

/**
 * Reads a generation of a secret as it is stored.
 *
 * @throws CommandError for a generation that is no number, or is not there; SecretError
 */
export async function readCiphertext(secret: ReadableSecret, generation?: string) {
  const { bucket, object } = secret.reference;
  const number = generation === undefined ? undefined : parseGeneration(secret, generation);
  try {
    return await readObject(secret.clients, bucket, object, number);
  } catch (error) {
    if (!(error instanceof NotFoundError && error.kind === 'object')) throw error;
    const problem =
      number === undefined
        ? `does not exist. Write it: ${commandOn(secret, 'put', 'FILE')}`
        : `has no generation ${number}. Those that it has: ${commandOn(secret, 'history')}`;
    throw new CommandError(`gs://${bucket}/${object} ${problem}`, { cause: error });
  }
}

/** What is live, and what is written in its place. */
export interface LiveSecret extends Pick<StoredSecret, 'generation' | 'plaintext' | 'keysChanged'> {
  /** What takes its place is written as that; undefined where there is no object yet. */
  readonly format: StoredSecret['format'] | undefined;
}

/** The live secret, also when there is none yet: then its generation is noGeneration. @throws SecretError */
export async function readLive(secret: ReadableSecret): Promise<LiveSecret> {
  try {
    return await readStored(secret);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const plaintext = Buffer.from(secret.format === 'json' ? '{}' : '');
    return { generation: noGeneration, plaintext, keysChanged: undefined, format: undefined };
  }
}

/**
 * Changes some keys of the live config; nothing is written when that changes nothing.
 *
 * @param advice what to do when the changed config is not valid
 * @returns what was written; undefined when nothing was
 * @throws CommandError for a secret without keys, and for a changed config that is not valid; ConflictError when
 *   somebody else was faster
 */
export async function modifyConfig(
  secret: OpenSecret,
  change: (values: Values) => Values,
  advice: string,
): Promise<Written | undefined> {
  requireKeys(secret);
  const live = await readLive(secret);
  const { generation, plaintext, format } = live;
  const before = readValues(plaintext, adviceToPut(secret));
  const after = change(before);
  if (JSON.stringify(after) === JSON.stringify(before)) return undefined;
  const changed = formatValues(after);
  await checkSecretOr(secret, changed, advice);
  return writeSecret(secret, changed, generation, { format, before: live });
}

/** @throws CommandError for a secret that is no JSON */
export function requireKeys(secret: ReadableSecret): void {
  if (secret.format === 'json') return;
  throw new CommandError(
    `The secret ${secret.name} is ${secret.format}, which has no keys. ${adviceToPut(secret)}`,
  );
}

/** What to do with a config that has no keys. */
export function adviceToPut(secret: ReadableSecret): string {
  return `Replace it as a whole: ${commandOn(secret, 'put', 'FILE')}`;
}

/**
 * A generation as the user wrote it: a number of up to 19 digits.
 * @throws CommandError
 */
export function parseGeneration(secret: Pick<ReadableSecret, 'target'>, text: string): string {
  if (/^\d{1,19}$/.test(text)) return text;
  throw new CommandError(
    `${JSON.stringify(text)} is not a generation: it must be a number. ${commandOn(secret, 'history')} lists them.`,
  );
}

/** Whether the object is not there: its bucket and its key are. */
export function isMissing(error: unknown): boolean {
  return error instanceof CommandError && error.cause instanceof NotFoundError;
}

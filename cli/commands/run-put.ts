import {
  type Format,
  formatOf,
  liveGeneration,
  NotFoundError,
  noGeneration,
  objectUrl,
  PermissionDeniedError,
} from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import type { Encoding } from '../input/text.ts';
import { type Io, print, printJson } from '../io.ts';
import { describePlaintext } from '../secret/described.ts';
import { findSecret, type OpenSecret, openSecret } from '../secret/open.ts';
import { adviceToPut, parseGeneration, readStored, type StoredSecret } from '../secret/stored.ts';
import type { Target } from '../secret/target.ts';
import { compareValues, readValues } from '../secret/values.ts';
import { writeSecret } from '../secret/write.ts';
import { readPlaintext } from './encrypt.ts';
import { printChanges } from './print-changes.ts';
import { printUnchanged, printWritten, type WrittenSecret } from './print-written.ts';

/** How a whole secret is written. */
export interface WriteOptions {
  /** Only say what would change. */
  readonly dryRun?: boolean | undefined;
  /** Generation that must be live; without it, whatever is live when the command starts. */
  readonly ifGeneration?: string | undefined;
  /** @default by the size, and an envelope for what has been one */
  readonly sealAs?: Format | undefined;
  readonly json?: boolean | undefined;
}

/** Arguments of `cloud-run-identity put`. */
export interface RunPutOptions extends Target, WriteOptions {
  /** Path of the plaintext, or `-` for standard input. */
  readonly source: string;
  readonly encoding?: Encoding | undefined;
}

/**
 * The command `put`: validates, encrypts and uploads a secret, in place of the generation that it saw. It needs no
 * permission to decrypt, except for `--dry-run`, which compares.
 *
 * @throws CommandError, SecretError; ConflictError when somebody else was faster
 */
export async function runPut(
  io: Io,
  { source, encoding, ...options }: RunPutOptions,
): Promise<WrittenSecret | undefined> {
  const { dryRun, ifGeneration, sealAs, json, ...target } = options;
  const plaintext = await readPlaintext(await findSecret(io, target), source, encoding);
  return putSecret(await openSecret(io, target), plaintext, { dryRun, ifGeneration, sealAs, json });
}

/** Writes what has been read from somewhere, or says what that would change. */
export async function putSecret(
  secret: OpenSecret,
  plaintext: Uint8Array,
  { dryRun, ifGeneration, sealAs, json }: WriteOptions,
): Promise<WrittenSecret | undefined> {
  const { clients, io, reference } = secret;
  const live = await liveGeneration(clients, reference);
  const expected = ifGeneration === undefined ? live : parseGeneration(secret, ifGeneration);
  if (dryRun) return printDryRun(secret, plaintext, expected, json);
  const url = objectUrl(reference.bucket, reference.object, live);
  const before = expected === live ? await readIfAllowed(secret, live) : undefined;
  if (sealAs === undefined && before?.plaintext.equals(plaintext)) {
    return printUnchanged(io, `${url} has exactly that already: nothing was written.`, json);
  }
  const format = sealAs ?? (await formatToKeep(secret, expected));
  const written = await writeSecret(secret, plaintext, expected, { format, before });
  return printWritten(secret, written, secret.name, describePlaintext(secret, plaintext), json);
}

/** The live generation; whoever may not decrypt does not know what it is, and writes. */
async function readIfAllowed(secret: OpenSecret, live: string): Promise<StoredSecret | undefined> {
  if (live === noGeneration) return undefined;
  try {
    return await readStored(secret, live);
  } catch (error) {
    // What cannot be read, or decrypted, is what a write replaces.
    if (error instanceof PermissionDeniedError || error instanceof CommandError) return undefined;
    if ((error as { retryable?: boolean }).retryable === false) return undefined;
    throw error;
  }
}

/** A secret that is bound to its object stays so. */
async function formatToKeep({ clients, reference }: OpenSecret, live: string): Promise<Format | undefined> {
  if (live === noGeneration) return undefined;
  try {
    return await formatOf(clients, reference, live);
  } catch (error) {
    // A generation that is not there is not the live one either, as the write will say.
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function printDryRun(
  secret: OpenSecret,
  plaintext: Uint8Array,
  live: string,
  json: boolean | undefined,
): Promise<undefined> {
  const { io, reference } = secret;
  const before = live === noGeneration ? undefined : (await readStored(secret, live)).plaintext;
  const changes = compareValues(partsOf(secret, before), partsOf(secret, plaintext));
  if (json) {
    const named = changes.map(({ key, change }) => ({ key, change }));
    printJson(io, { dryRun: true, generation: live, changes: named });
    return;
  }
  const url = objectUrl(reference.bucket, reference.object);
  print(io, live === noGeneration ? `${url} would be made:` : `${url}#${live} would be replaced:`);
  printChanges(io, changes, { reveal: false });
}

/** The keys of a config with their values; of another secret, all of it under its name. */
export function partsOf(
  secret: OpenSecret,
  plaintext: Uint8Array | undefined,
): Readonly<Record<string, unknown>> {
  if (plaintext === undefined) return {};
  const { format, name } = secret;
  if (format === 'json') return readValues(plaintext, adviceToPut(secret));
  return { [name]: Buffer.from(plaintext).toString(format === 'text' ? 'utf8' : 'base64') };
}

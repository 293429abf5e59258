import {
  type Format,
  formatOf,
  liveGeneration,
  NotFoundError,
  noGeneration,
  objectUrl,
} from '@cloud-run-identity/secrets';
import { type Io, print, printJson } from '../io.ts';
import { type OpenSecret, openSecret, type Target } from '../secret/open.ts';
import { parseGeneration, readStored } from '../secret/stored.ts';
import { compareValues, readValues, type Values } from '../secret/values.ts';
import { writeConfig } from '../secret/write.ts';
import { readPlaintext } from './encrypt.ts';
import { printChanges } from './print-changes.ts';
import { printWritten } from './print-written.ts';

/** Arguments of `cloud-run-identity put`. */
export interface RunPutOptions extends Target {
  /** Path of the config, or `-` for standard input. */
  readonly source: string;
  /** Only say what would change. */
  readonly dryRun?: boolean | undefined;
  /** Generation that must be live; without it, whatever is live when the command starts. */
  readonly ifGeneration?: string | undefined;
  readonly format?: Format | undefined;
  readonly json?: boolean | undefined;
}

/**
 * The command `put`: validates, encrypts and uploads a config, in place of the generation that it saw. It needs no
 * permission to decrypt, except for `--dry-run`, which compares.
 *
 * @throws CommandError, SecretError; ConflictError when somebody else was faster
 */
export async function runPut(io: Io, options: RunPutOptions): Promise<void> {
  const plaintext = await readPlaintext(io, options.source);
  await putConfig(io, await openSecret(io, options), plaintext, options);
}

/** Writes a config that has been read from somewhere, or says what that would change. */
export async function putConfig(
  io: Io,
  secret: OpenSecret,
  plaintext: Uint8Array,
  { dryRun, ifGeneration, format, json }: Omit<RunPutOptions, keyof Target | 'source'>,
): Promise<void> {
  const { clients, reference } = secret;
  const expected = ifGeneration === undefined ? undefined : parseGeneration(ifGeneration);
  const live = expected ?? (await liveGeneration(clients, reference));
  if (dryRun) return printDryRun(io, secret, plaintext, live, json);
  const kept = format ?? (await formatToKeep(secret, live));
  const written = await writeConfig(secret, plaintext, live, { format: kept });
  printWritten(io, secret.reference, { ...written, replaced: live }, json);
}

/** A config that is bound to its object stays so. */
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
  io: Io,
  secret: OpenSecret,
  plaintext: Uint8Array,
  live: string,
  json: boolean | undefined,
) {
  const before: Values =
    live === noGeneration
      ? {}
      : await readStored(secret, live).then((stored) => readValues(stored.plaintext));
  const changes = compareValues(before, readValues(plaintext));
  if (json) {
    const named = changes.map(({ key, change }) => ({ key, change }));
    printJson(io, { dryRun: true, generation: live, changes: named });
    return;
  }
  const url = objectUrl(secret.reference.bucket, secret.reference.object);
  print(io, live === noGeneration ? `${url} would be made:` : `${url}#${live} would be replaced:`);
  printChanges(io, changes, { reveal: false });
}

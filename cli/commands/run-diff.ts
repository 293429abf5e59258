import { objectUrl } from '@cloud-run-identity/secrets';
import { type Io, print, printJson } from '../io.ts';
import { type OpenSecret, openSecret } from '../secret/open.ts';
import { previousGeneration } from '../secret/previous.ts';
import { readStored } from '../secret/stored.ts';
import type { Target } from '../secret/target.ts';
import { compareValues, createFingerprint, type Values } from '../secret/values.ts';
import { readPlaintext } from './encrypt.ts';
import { printChanges } from './print-changes.ts';
import { partsOf } from './run-put.ts';

/** Arguments of `cloud-run-identity diff`. */
export interface RunDiffOptions extends Target {
  /** Generation to start from. @default the one before the live one; with a file, the live one */
  readonly from?: string | undefined;
  /** Generation to compare with. @default the live one */
  readonly to?: string | undefined;
  /** Config file to compare with instead of a generation. */
  readonly file?: string | undefined;
  /** Show values instead of fingerprints. */
  readonly reveal?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/**
 * The command `diff`: the keys of two generations, or of a generation and a file, and what became of each.
 *
 * @throws CommandError, SecretError
 */
export async function runDiff(io: Io, options: RunDiffOptions): Promise<void> {
  const secret = await openSecret(io, options);
  const plaintext = options.file === undefined ? undefined : await readPlaintext(secret, options.file);
  const from = options.from ?? (plaintext ? undefined : await previousGeneration(secret, options.to));
  const before = await readSide(secret, from);
  const after = plaintext
    ? { name: String(options.file), values: partsOf(secret, plaintext) }
    : await readSide(secret, options.to);
  const changes = compareValues(before.values, after.values);
  if (!options.json) {
    print(io, `From ${before.name} to ${after.name}:`);
    printChanges(io, changes, options);
    return;
  }
  const fingerprint = options.reveal ? (value: unknown) => value : createFingerprint();
  const show = (value: unknown) => (value === undefined ? undefined : fingerprint(value));
  const shown = changes.map(({ before: old, after: now, ...change }) => ({
    ...change,
    before: show(old),
    after: show(now),
  }));
  printJson(io, { from: before.name, to: after.name, changes: shown });
}

async function readSide(
  secret: OpenSecret,
  generation: string | undefined,
): Promise<{ name: string; values: Values }> {
  const { bucket, object } = secret.reference;
  const stored = await readStored(secret, generation);
  return { name: objectUrl(bucket, object, stored.generation), values: partsOf(secret, stored.plaintext) };
}

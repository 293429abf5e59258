import { ConflictError, objectUrl } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { type Io, print, printJson } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { addPrimaryVersion, disableKeyVersion, listKeyVersions, numberOf } from '../secret/key-versions.ts';
import { needOlderThan } from '../secret/needed-versions.ts';
import { commandOn, type OpenSecret, openSecret } from '../secret/open.ts';
import { checkSecret } from '../secret/shape.ts';
import { readStored } from '../secret/stored.ts';
import type { Target } from '../secret/target.ts';
import { type Written, writeSecret } from '../secret/write.ts';
import type { WrittenSecret } from './print-written.ts';

/** Arguments of `cloud-run-identity rotate-key`. */
export interface RunRotateKeyOptions extends Target {
  /** Whether older versions of the key are disabled afterwards. */
  readonly disableOld?: boolean | undefined;
  /** Whether they are disabled, too, where generations that are not live any more need them. */
  readonly giveUpGenerations?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** How often the config is read again when others write it meanwhile. */
const ATTEMPTS = 5;

/**
 * The command `rotate-key`: makes a new primary version of the key, encrypts the live config with it, and reads it
 * back to see that it worked. A stop at any moment leaves a config that decrypts: old versions stay enabled, unless
 * `--disable-old` is given and no object of the bucket, live or kept, needs them.
 *
 * @throws CommandError, SecretError
 */
export async function runRotateKey(
  io: Io,
  { disableOld, giveUpGenerations, json, ...target }: RunRotateKeyOptions,
): Promise<WrittenSecret> {
  const secret = await openSecret(io, target);
  // Whatever stands in the way of the second step is to be known before the first one.
  await checkSecret(secret, (await readStored(secret)).plaintext);
  const version = await withProgress(io, 'Making a key version', () => addPrimaryVersion(secret));
  const { generation, replaced } = await reencrypt(secret, version);
  await withProgress(io, 'Reading it back', () => confirmRotation(secret, version, generation));
  const disabled = disableOld ? await disableOlder(secret, version, giveUpGenerations) : [];
  const { bucket, object } = secret.reference;
  if (json) {
    printJson(io, { bucket, object, generation, keyVersion: version, disabled });
    return { secret, generation, replaced };
  }
  print(io, `Made ${version} the primary version`);
  print(io, `Encrypted the config with it: ${objectUrl(bucket, object, generation)}`);
  for (const name of disabled) print(io, `Disabled ${name}`);
  if (disabled.length > 0) print(io, 'Generations that they encrypted cannot be rolled back to any more.');
  return { secret, generation, replaced };
}

/** Encrypts what is live at this moment: a config that somebody writes meanwhile is not lost, but encrypted as well. */
export async function reencrypt(secret: OpenSecret, version: string): Promise<Written> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await readStored(secret);
    const { plaintext, generation, format } = before;
    try {
      return await writeSecret(secret, plaintext, generation, { format, version, before });
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The version that Cloud KMS named when it encrypted counts, not the primary one: that follows up to hours later. */
async function confirmRotation(secret: OpenSecret, version: string, generation: string): Promise<void> {
  const stored = await readStored(secret, generation);
  await checkSecret(secret, stored.plaintext);
  if (stored.keyVersion === version) return;
  throw new CommandError(
    `The config decrypts, but was encrypted with ${stored.keyVersion} instead of ${version}. ` +
      `Run it again: ${commandOn(secret, 'rotate-key')}`,
  );
}

/**
 * Disables the versions of the key that are older than one, when nothing needs them.
 *
 * @param givesUpKept whether they are disabled although generations that are not live any more need them
 * @returns the names of the versions that were disabled
 * @throws CommandError when something needs them; SecretError
 */
export async function disableOlder(
  secret: OpenSecret,
  version: string,
  givesUpKept = false,
): Promise<string[]> {
  const { live, kept } = await withProgress(secret.io, 'Looking who needs older versions', () =>
    needOlderThan(secret, version),
  );
  if (live.length > 0) {
    throw new CommandError(
      `The key was rotated, but its older versions stay enabled: ${shortened(live)} ` +
        'may need them. Run rotate-key --all, or rotate-key for them first (--object); finish a ' +
        '.rotation, and approve or reject a .proposed.',
    );
  }
  if (kept.length > 0 && !givesUpKept) {
    throw new CommandError(
      `The key was rotated, but its older versions stay enabled: ${shortened(kept)} ` +
        'may need them, and could not be rolled back to any more. If they may be lost, add --give-up-generations; ' +
        'with --all, no further version is made within a day.',
    );
  }
  const versions = await listKeyVersions(secret);
  const older = versions.filter(
    ({ name, state }) => state === 'ENABLED' && numberOf(name) < numberOf(version),
  );
  for (const { name } of older) await disableKeyVersion(secret, name);
  return older.map(({ name }) => name);
}

/** How many addresses a message names. */
const NAMED = 5;

function shortened(urls: readonly string[]): string {
  const more = urls.length - NAMED;
  return urls.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

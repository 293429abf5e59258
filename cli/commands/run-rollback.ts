import { liveGeneration, objectUrl, unseal } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { type Io, print, printJson } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { openSecret } from '../secret/open.ts';
import { previousGeneration } from '../secret/previous.ts';
import { checkSecret } from '../secret/shape.ts';
import { parseGeneration, readCiphertext } from '../secret/stored.ts';
import type { Target } from '../secret/target.ts';
import { writeGeneration } from '../secret/write.ts';
import type { WrittenSecret } from './print-written.ts';

/** Arguments of `cloud-run-identity rollback`. */
export interface RunRollbackOptions extends Target {
  /** @default the generation before the live one */
  readonly to?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * The command `rollback`: makes a copy of an old generation the live one, if the service could use it: it decrypts and
 * is valid. The generation that is replaced stays in the bucket.
 *
 * @throws CommandError, SecretError; ConflictError when somebody else wrote meanwhile
 */
export async function runRollback(
  io: Io,
  { to, json, ...target }: RunRollbackOptions,
): Promise<WrittenSecret> {
  const secret = await openSecret(io, target);
  const { clients, reference } = secret;
  const { bucket, object } = reference;
  // First what is live: a write between this and the end must make the rollback fail.
  const live = await liveGeneration(clients, reference);
  const source = to === undefined ? await previousGeneration(secret) : parseGeneration(secret, to);
  if (source === live) {
    throw new CommandError(`Generation ${source} is the live one already: name another one with --to.`);
  }
  const { bytes, keyVersion, keysChanged } = await withProgress(io, 'Checking that it decrypts', async () => {
    const old = await readCiphertext(secret, source);
    const { plaintext } = await unseal(clients, reference, old.bytes);
    await checkSecret(secret, plaintext);
    return old;
  });
  const generation = await writeGeneration(secret, { bytes, keyVersion, copyOf: source, keysChanged }, live);
  if (json) printJson(io, { bucket, object, generation, copyOf: source });
  else print(io, `Wrote ${objectUrl(bucket, object, generation)}, a copy of generation ${source}`);
  return { secret, generation, replaced: live };
}

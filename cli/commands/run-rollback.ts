import { parseConfig } from '../../secrets/config.ts';
import { liveGeneration } from '../../secrets/generations.ts';
import { objectUrl } from '../../secrets/reference.ts';
import { unseal } from '../../secrets/seal.ts';
import { readObject } from '../../secrets/store.ts';
import { CommandError } from '../errors.ts';
import { withProgress } from '../output/progress.ts';
import { printJson } from '../output/table.ts';
import { openSecret, type Target } from '../secret/open.ts';
import { previousGeneration } from '../secret/previous.ts';
import { parseGeneration } from '../secret/stored.ts';
import { writeGeneration } from '../secret/write.ts';

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
export async function runRollback({ to, json, ...target }: RunRollbackOptions): Promise<void> {
  const secret = await openSecret(target);
  const { clients, reference } = secret;
  const { bucket, object } = reference;
  // First what is live: a write between this and the end must make the rollback fail.
  const live = await liveGeneration(clients, reference);
  const source = to === undefined ? await previousGeneration(secret) : parseGeneration(to);
  if (source === live) {
    throw new CommandError(`Generation ${source} is the live one already: name another one with --to.`);
  }
  const { bytes, keyVersion } = await withProgress('Checking that it decrypts', async () => {
    const old = await readObject(clients, bucket, object, source);
    const { plaintext } = await unseal(clients, reference, old.bytes);
    await parseConfig(plaintext);
    return old;
  });
  const generation = await writeGeneration(secret, { bytes, keyVersion, copyOf: source }, live);
  if (json) printJson({ bucket, object, generation, copyOf: source });
  else console.log(`Wrote ${objectUrl(bucket, object, generation)}, a copy of generation ${source}`);
}

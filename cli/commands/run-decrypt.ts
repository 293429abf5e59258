import { buffer } from 'node:stream/consumers';
import { unseal } from '../../secrets/seal.ts';
import { readInputFile } from '../input/input-file.ts';
import { openSecret, type Target } from '../secret/open.ts';
import { writePrivateFile } from './private-file.ts';

/** Arguments of `cloud-run-identity decrypt`. */
export interface RunDecryptOptions extends Target {
  /** Path of the ciphertext, or `-` for standard input. */
  readonly source: string;
  /** Path of the plaintext. @default standard output */
  readonly out?: string | undefined;
  /** Whether a file at that path may be replaced. */
  readonly force?: boolean | undefined;
}

/**
 * The command `decrypt`: opens a file that `encrypt`, or `gcloud kms encrypt`, made.
 *
 * @throws CommandError, SecretError
 */
export async function runDecrypt({ source, out, force, ...target }: RunDecryptOptions): Promise<void> {
  const ciphertext =
    source === '-'
      ? await buffer(process.stdin)
      : await readInputFile(source, ': name a file that encrypt made.');
  const { clients, reference } = await openSecret(target);
  const { plaintext } = await unseal(clients, reference, ciphertext);
  if (out === undefined) {
    process.stdout.write(plaintext);
    return;
  }
  await writePrivateFile(out, plaintext, { force });
  console.log(`Decrypted ${source} to ${out}, which only you can read. Remove it when you are done.`);
}

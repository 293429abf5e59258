import { releasing } from '../../secrets/envelope/release.ts';
import { type UnsealedChunks, unsealChunks } from '../../secrets/seal-chunks.ts';
import { withInputPieces } from '../input/input-file.ts';
import { openSecretToRead, type Target } from '../secret/open.ts';
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
 * The command `decrypt`: opens a file that `encrypt`, or `gcloud kms encrypt`, made. An envelope goes through memory
 * in chunks. A file gets its name when all of it has been verified; standard output gets each chunk when that one has,
 * and the command fails when it turns out that something is missing.
 *
 * @throws CommandError, SecretError
 */
export async function runDecrypt({ source, out, force, ...target }: RunDecryptOptions): Promise<void> {
  await withInputPieces(source, ': name a file that encrypt made.', async (pieces) => {
    const { clients, reference } = await openSecretToRead(target);
    const { chunks } = await unsealChunks(clients, reference, pieces);
    if (out === undefined) await printChunks(chunks);
    else await writePrivateFile(out, releasing(chunks), { force });
  });
  if (out === undefined) return;
  console.log(`Decrypted ${source} to ${out}, which only you can read. Remove it when you are done.`);
}

async function printChunks(chunks: UnsealedChunks['chunks']): Promise<void> {
  for await (const chunk of releasing(chunks)) {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
}

import { releasing, type UnsealedChunks, unsealChunks } from '@cloud-run-identity/secrets';
import { withInputPieces } from '../input/input-file.ts';
import { type Io, print, printData } from '../io.ts';
import { openSecretToRead } from '../secret/open.ts';
import type { Target } from '../secret/target.ts';
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
export async function runDecrypt(
  io: Io,
  { source, out, force, ...target }: RunDecryptOptions,
): Promise<void> {
  await withInputPieces(io, source, ': name a file that encrypt made.', async (pieces) => {
    const { clients, reference } = await openSecretToRead(io, target);
    const { chunks } = await unsealChunks(clients, reference, pieces);
    if (out === undefined) await printChunks(io, chunks);
    else await writePrivateFile(io, out, releasing(chunks), { force });
  });
  if (out === undefined) return;
  print(io, `Decrypted ${source} to ${out}, which only you can read. Remove it when you are done.`);
}

async function printChunks(io: Io, chunks: UnsealedChunks['chunks']): Promise<void> {
  for await (const chunk of releasing(chunks)) await printData(io, chunk);
}

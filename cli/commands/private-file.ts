import { existsSync } from 'node:fs';
import { CommandError } from '../errors.ts';
import { writeAtomically } from './atomic-write.ts';

/**
 * Writes a plaintext to a file that only its owner can read.
 *
 * @param force whether a file of that name is replaced
 * @throws CommandError when there is one and it is not, or when it cannot be written
 */
export async function writePrivateFile(
  file: string,
  bytes: Uint8Array,
  { force }: { readonly force?: boolean | undefined },
): Promise<void> {
  if (!force && existsSync(file)) {
    throw new CommandError(`${file} is there already: choose another file, or replace it with --force.`);
  }
  try {
    await writeAtomically([{ path: file, bytes, mode: 0o600 }]);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`${file} could not be written (${code}): choose another file.`, { cause: error });
  }
}

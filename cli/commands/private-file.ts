import { existsSync } from 'node:fs';
import { CommandError } from '../errors.ts';
import { type Io, pathOf } from '../io.ts';
import { type FileContent, writeAtomically } from './atomic-write.ts';

/**
 * Writes a plaintext to a file that only its owner can read: whole or not at all.
 *
 * @param bytes the whole or its pieces
 * @param force whether a file of that name is replaced
 * @throws CommandError when there is one and it is not, or when it cannot be written; what the pieces throw
 */
export async function writePrivateFile(
  io: Pick<Io, 'cwd'>,
  file: string,
  bytes: FileContent['bytes'],
  { force }: { readonly force?: boolean | undefined },
): Promise<void> {
  const target = pathOf(io, file);
  if (!force && existsSync(target)) {
    throw new CommandError(`${file} is there already: choose another file, or replace it with --force.`);
  }
  try {
    await writeAtomically([{ path: target, bytes, mode: 0o600 }]);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CommandError(`${file} could not be written (${code}): choose another file.`, { cause: error });
  }
}

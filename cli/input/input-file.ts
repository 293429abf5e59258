import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../errors.ts';

/**
 * Reads a file that the user named.
 *
 * @param advice follows what is wrong with the file in the message: what it must be, and what to do
 * @throws CommandError with the file's full path when it cannot be read
 */
export async function readInputFile(file: string, advice: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new CommandError(`${path.resolve(file)} ${problem}${advice}`, { cause });
  }
}

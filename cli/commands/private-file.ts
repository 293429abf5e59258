import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { link, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../errors.ts';
import { withPrivateDirectory } from '../input/private-directory.ts';
import { type Io, pathOf, printError } from '../io.ts';

/**
 * Writes a plaintext to a file that only its owner can read: whole or not at all. Until it is whole it is in a folder
 * that only its owner can enter, which is shredded however the command ends. Warns where Git would take the file.
 *
 * @param bytes the whole or its pieces
 * @param force whether a file of that name is replaced
 * @throws CommandError when there is one and it is not, or when it cannot be written; what the pieces throw
 */
export async function writePrivateFile(
  io: Io,
  file: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  { force }: { readonly force?: boolean | undefined },
): Promise<void> {
  const target = pathOf(io, file);
  if (!force && existsSync(target)) throw isThere(file);
  try {
    await mkdir(path.dirname(target), { recursive: true });
    await withPrivateDirectory(
      io,
      async (directory) => {
        const temporary = path.join(directory, 'plaintext');
        await writeFile(temporary, bytes, { flag: 'wx', flush: true, mode: 0o600 });
        // A link, unlike a renaming, replaces nothing that somebody made meanwhile.
        await (force ? rename(temporary, target) : link(temporary, target));
      },
      path.dirname(target),
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw isThere(file);
    if (code === undefined) throw error;
    throw new CommandError(`${file} could not be written (${code}): choose another file.`, { cause: error });
  }
  if (await wouldGitTake(target)) {
    printError(io, `Warning: Git would take ${file}, which is in clear: add it to .gitignore, or remove it.`);
  }
}

function isThere(file: string): CommandError {
  return new CommandError(`${file} is there already: choose another file, or replace it with --force.`);
}

/** Whether a file is in a work tree of Git and not ignored; without Git, nothing is. */
async function wouldGitTake(file: string): Promise<boolean> {
  const git = spawn('git', ['check-ignore', '--quiet', '--', path.basename(file)], {
    cwd: path.dirname(file),
    stdio: 'ignore',
    windowsHide: true,
  });
  // 1: not ignored; 128: no work tree.
  const [code] = await once(git, 'close').catch(() => [undefined]);
  return code === 1;
}

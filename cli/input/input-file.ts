import { type FileHandle, open, readFile } from 'node:fs/promises';
import { CommandError } from '../errors.ts';
import { type Io, pathOf } from '../io.ts';

/** How much of a file is in memory where it is read in pieces. */
const PIECE_BYTES = 128 * 1024;

/**
 * Reads a file that the user named.
 *
 * @param advice follows what is wrong with the file in the message: what it must be, and what to do
 * @throws CommandError with the file's full path when it cannot be read
 */
export async function readInputFile(io: Io, file: string, advice: string): Promise<Buffer> {
  try {
    return await readFile(pathOf(io, file));
  } catch (cause) {
    throw unreadable(io, file, advice, cause);
  }
}

/**
 * Runs an action on what a file that the user named has, in pieces; each is its receiver's own.
 *
 * @param source path of the file, or `-` for standard input
 * @param advice as for readInputFile
 * @throws CommandError, also from the pieces, when it cannot be read; what the action throws
 */
export async function withInputPieces<Result>(
  io: Io,
  source: string,
  advice: string,
  action: (pieces: AsyncIterable<Uint8Array>) => Promise<Result>,
): Promise<Result> {
  if (source === '-') return action(io.stdin);
  const file = await open(pathOf(io, source)).catch((cause: unknown) => {
    throw unreadable(io, source, advice, cause);
  });
  try {
    return await action(readPieces(file, (cause) => unreadable(io, source, advice, cause)));
  } finally {
    await file.close();
  }
}

async function* readPieces(file: FileHandle, translate: (cause: unknown) => CommandError) {
  for (;;) {
    const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
    const { bytesRead } = await file.read(buffer).catch((cause: unknown) => {
      throw translate(cause);
    });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

function unreadable(io: Io, file: string, advice: string, cause: unknown): CommandError {
  const { code } = cause as NodeJS.ErrnoException;
  const problem = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
  return new CommandError(`${pathOf(io, file)} ${problem}${advice}`, { cause });
}

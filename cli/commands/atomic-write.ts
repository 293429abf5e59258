import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A file that is to be written. */
export interface FileContent {
  readonly path: string;
  /** The whole or its pieces, which are asked for when the file is written. */
  readonly bytes: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Permissions of a file that is made. @default what the system gives */
  readonly mode?: number;
}

/**
 * Writes files so that each is at any time either as it was or complete: all are written under temporary names in
 * their own folders, and only when that has succeeded are they renamed. Missing folders are made. Temporary files are
 * removed whatever happens.
 *
 * They are written in the order given and renamed in reverse: a file can tell of those before it, and is there first.
 *
 * @throws the file system's error, with its code; what the pieces throw
 */
export async function writeAtomically(files: readonly FileContent[]): Promise<void> {
  const writes = files.map((file) => ({ ...file, temporary: `${file.path}.${randomUUID()}.tmp` }));
  try {
    for (const { path: target, temporary, bytes, mode } of writes) {
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(temporary, bytes, { flag: 'wx', flush: true, ...(mode !== undefined && { mode }) });
      await assertReplaceable(target);
    }
    for (const { path: target, temporary } of writes.toReversed()) await rename(temporary, target);
  } finally {
    await Promise.all(writes.map(({ temporary }) => rm(temporary, { force: true })));
  }
}

/** A folder is the one thing that a rename cannot replace; to find out at the second one would be too late. */
async function assertReplaceable(target: string): Promise<void> {
  const existing = await stat(target).catch(() => undefined);
  if (existing?.isDirectory()) throw Object.assign(new Error(`${target} is a folder`), { code: 'EISDIR' });
}

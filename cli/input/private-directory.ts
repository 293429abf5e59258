import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Io } from '../io.ts';
import { shredDirectory } from './shred.ts';

/**
 * Runs an action with a folder that only its owner can enter, in memory where the system has such a place. The folder
 * is shredded at the end, after a failure, on a signal, and, by a process that watches, when this one is killed.
 *
 * @param parent where it is made, instead
 */
export async function withPrivateDirectory<Result>(
  io: Io,
  action: (directory: string) => Promise<Result>,
  parent = memoryDirectory(io) ?? os.tmpdir(),
): Promise<Result> {
  // mkdtemp makes folders of mode 0700.
  const directory = mkdtempSync(path.join(parent, '.cloud-run-identity-'));
  const guard = spawn(process.execPath, [path.join(import.meta.dirname, 'shred-guard.ts'), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Of its own process group, so that Ctrl-C does not end it.
    detached: true,
    env: {},
  });
  const ends = io.onExit(() => shredDirectory(directory));
  try {
    await once(guard, 'spawn');
    return await action(directory);
  } finally {
    ends();
    shredDirectory(directory);
    guard.stdin.end();
  }
}

/** A place in memory that this user may write to: of Linux, or the one that a login session has. */
function memoryDirectory({ environment }: Io): string | undefined {
  const candidates = process.platform === 'linux' ? ['/dev/shm', environment.XDG_RUNTIME_DIR] : [];
  return candidates.find((directory) => directory && isWritable(directory));
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

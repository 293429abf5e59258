import { closeSync, fsyncSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';

/**
 * Overwrites every file of a folder, then removes the folder. Editors leave copies beside what they edit; those go,
 * too. What a disk keeps of overwritten blocks is beyond a program's reach, hence memory where there is some.
 */
export function shredDirectory(directory: string): void {
  for (const entry of readEntries(directory)) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) overwrite(file);
  }
  rmSync(directory, { recursive: true, force: true });
}

function readEntries(directory: string) {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true });
  } catch {
    return []; // it is gone already
  }
}

function overwrite(file: string): void {
  try {
    // What has another name as well is there to stay: only this name goes.
    if (statSync(file).nlink > 1) return;
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, Buffer.alloc(statSync(file).size));
    fsyncSync(descriptor);
    closeSync(descriptor);
  } catch {
    // An editor's file may vanish meanwhile, or be read-only; it is removed all the same.
  }
}

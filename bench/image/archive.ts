import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createGzip } from 'node:zlib';

/** Size of files, in MB (millions of bytes). */
export interface Size {
  readonly megabytes: number;
  /** As a tar archive, compressed with gzip as Docker does with a layer. */
  readonly compressed: number;
}

/** What files take in an image. @param files absolute paths */
export async function sizeOf(files: readonly string[]): Promise<Size> {
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const tar = spawn('tar', ['--create', '--absolute-names', '--dereference', '--files-from', '-'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  tar.stdin.end(files.map((file) => `${file}\n`).join(''));
  let compressed = 0;
  for await (const chunk of tar.stdout.pipe(createGzip())) compressed += chunk.length;
  return { megabytes: bytes / 1e6, compressed: compressed / 1e6 };
}

/** All files below a folder, without those in a folder of a name. */
export function filesBelow(folder: string, without?: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === without) return [];
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(file, without);
    return entry.isFile() ? [file] : [];
  });
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import { CommandError } from './errors.ts';
import type { Io } from './io.ts';

/**
 * The folder of the project whose settings count: the nearest one with a cdktf.json, from where the command runs
 * upwards.
 *
 * @throws CommandError when there is none
 */
export function projectDirectoryOf({ cwd }: Pick<Io, 'cwd'>): string {
  for (let directory = cwd; ; directory = path.dirname(directory)) {
    if (existsSync(path.join(directory, 'cdktf.json'))) return directory;
    if (directory === path.dirname(directory)) break;
  }
  throw new CommandError(
    `Neither ${cwd} nor a folder above it has a cdktf.json, whose settings name the secret. ` +
      'Run the command in the folder of the project, or say --bucket, --object and --kms-key.',
  );
}

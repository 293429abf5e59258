import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Folders that are never sources, and too large to look into. */
const NOT_LOOKED_INTO = new Set(['node_modules', '.git', 'cdktf.out', '.local']);

/**
 * The files that go into an image, with forward slashes, sorted: those that the context's .dockerignore lets in, and
 * itself.
 *
 * @param context absolute path of the folder that the image is built from
 */
export function imageSources(context: string): string[] {
  const ignore = dockerIgnore(context);
  const files = filesBelow(context, '').filter((file) => file === '.dockerignore' || !ignore(file));
  return files.sort();
}

/** Whether a file stays out; loaded only where an image is built. */
function dockerIgnore(context: string): (file: string) => boolean {
  const rules = join(context, '.dockerignore');
  if (!existsSync(rules)) return () => false;
  const library = createRequire(import.meta.url)(
    '@balena/dockerignore',
  ) as typeof import('@balena/dockerignore');
  const ignore = library.default().add(readFileSync(rules, 'utf8'));
  return (file) => ignore.ignores(file);
}

function filesBelow(context: string, folder: string): string[] {
  return readdirSync(join(context, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (NOT_LOOKED_INTO.has(entry.name)) return [];
    return entry.isDirectory() ? filesBelow(context, path) : [path];
  });
}

/**
 * Changes with every change of what goes into the image, and with nothing else: 64 hexadecimal digits.
 *
 * @param entry which of the sources is the program, where it is chosen
 */
export function imageSourcesHash(context: string, entry = ''): string {
  const hash = createHash('sha256').update(entry);
  for (const file of imageSources(context)) {
    const content = readFileSync(join(context, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** What the image says of itself, as arguments of its Dockerfile; empty where it is not known. */
export interface ImageBuildArguments {
  readonly [argument: string]: string;
  /** Address of the source repository: `repository` of package.json. */
  readonly SOURCE: string;
  /** The Git commit that last changed what goes into the image, with `-dirty` when it has been changed since. */
  readonly REVISION: string;
  /** `version` of package.json. */
  readonly VERSION: string;
}

/** Reads from Git and package.json what the image says of itself. */
export function imageBuildArguments(context: string): ImageBuildArguments {
  const file = join(context, 'package.json');
  const { repository, version = '' } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return { SOURCE: repository?.url ?? repository ?? '', REVISION: revision(context), VERSION: version };
}

function revision(context: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', [...args, '--', ...imageSources(context)], {
      cwd: context,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const commit = git('log', '-1', '--format=%H');
    return git('status', '--porcelain') === '' ? commit : `${commit}-dirty`;
  } catch {
    return ''; // no Git, or no repository
  }
}

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The project's folder: the context of the services' image. */
export const CONTEXT_DIRECTORY = resolve(import.meta.dirname, '..');

/** What goes into the image: the files and folders that .dockerignore lets into its context, and itself. */
const SOURCES = [
  '.dockerignore',
  '.npmrc',
  'LICENSE',
  'package-lock.json',
  'package.json',
  'scripts/bundle',
  'scripts/bundle.ts',
  'secrets',
  'service',
];

/** In a folder of {@link SOURCES}, what .dockerignore leaves out. */
const NO_SOURCE = /^\.|(?<!^package)\.json$|\.(?:enc|log)$|\.tfstate|^node_modules$/;

/** The files that go into the image, with forward slashes, sorted. */
export function imageSources(directory: string = CONTEXT_DIRECTORY): string[] {
  return SOURCES.flatMap((source) => filesBelow(directory, source)).sort();
}

function filesBelow(directory: string, path: string): string[] {
  if (!statSync(join(directory, path)).isDirectory()) return [path];
  return readdirSync(join(directory, path))
    .filter((name) => !NO_SOURCE.test(name))
    .flatMap((name) => filesBelow(directory, `${path}/${name}`));
}

/** Changes with every change of what goes into the image, and with nothing else: 64 hexadecimal digits. */
export function imageSourcesHash(directory: string = CONTEXT_DIRECTORY): string {
  const hash = createHash('sha256');
  for (const file of imageSources(directory)) {
    const content = readFileSync(join(directory, file));
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
export function imageBuildArguments(directory: string = CONTEXT_DIRECTORY): ImageBuildArguments {
  const { repository, version = '' } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return { SOURCE: repository?.url ?? repository ?? '', REVISION: revision(directory), VERSION: version };
}

function revision(directory: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', [...args, '--', ...SOURCES], {
      cwd: directory,
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

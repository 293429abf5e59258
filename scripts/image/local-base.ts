import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { docker, hasImage } from '../../cli/local/container/docker.ts';
import { importFolder } from './engine.ts';

const run = promisify(execFile);
const PROJECT_DIRECTORY = path.resolve(import.meta.dirname, '..', '..');
const LABEL = 'cloud-run-identity.stand-in';

/** How to make a stand-in of a base image in a folder; gives the instructions that configure it. */
type Recipe = (root: string) => Promise<readonly string[]>;

const RECIPES: Readonly<Record<string, Recipe>> = {
  'node:24-bookworm-slim': buildBase,
  'gcr.io/distroless/nodejs24-debian12:nonroot': runtimeBase,
};

/**
 * Makes a stand-in of a base image from this machine's own files, which have to be those of Debian 12 on amd64, and
 * imports it under the base image's name and tag.
 *
 * @returns what was done
 * @throws Error when there is no recipe for the image
 */
export async function importLocalBase(tag: string): Promise<string> {
  const recipe = RECIPES[tag];
  if (!recipe) throw new Error(`There is no recipe for ${tag} in scripts/image/local-base.ts. Fix: add one.`);
  const version = await standInVersion();
  const existing = (await hasImage(tag)) ? await labelOf(tag) : undefined;
  if (existing === '') return 'there is a real one, which is kept';
  if (existing === version) return 'the stand-in is there already';
  const root = await mkdtemp(path.join(tmpdir(), 'base-image-'));
  try {
    await writeCommonFiles(root);
    const changes = await recipe(root);
    await importFolder(root, tag, [`LABEL ${LABEL}=${version}`, ...changes]);
    return 'a stand-in made from this machine is imported under this name';
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Changes with what a stand-in is made from: the recipes, Node, the packages to install. */
async function standInVersion(): Promise<string> {
  const files = [import.meta.filename, path.join(PROJECT_DIRECTORY, 'package-lock.json')];
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex');
}

/** Empty for an image that was not made here. */
function labelOf(tag: string): Promise<string> {
  return docker('image', 'inspect', '--format', `{{index .Config.Labels "${LABEL}"}}`, tag);
}

/** What every stand-in has: the accounts of distroless images, a folder for temporary files, certificates. */
async function writeCommonFiles(root: string): Promise<void> {
  await chmod(root, 0o755);
  await put(
    root,
    'etc/passwd',
    'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
  );
  await put(root, 'etc/group', 'root:x:0:\nnonroot:x:65532:\n');
  await copy(root, '/etc/ssl/certs/ca-certificates.crt');
  await mkdir(path.join(root, 'tmp'));
  await chmod(path.join(root, 'tmp'), 0o1777);
}

/** A Node that runs alone. */
async function runtimeBase(root: string): Promise<readonly string[]> {
  await copyProgram(root, process.execPath, 'nodejs/bin/node');
  return ['USER 65532', 'WORKDIR /home/nonroot', 'ENTRYPOINT ["/nodejs/bin/node"]'];
}

/** Node with npm, a shell for npm, and a cache to install this project's packages from, as there may be no network. */
async function buildBase(root: string): Promise<readonly string[]> {
  await copyProgram(root, process.execPath, 'usr/local/bin/node');
  for (const program of ['/bin/sh', '/usr/bin/env']) await copyProgram(root, program, program.slice(1));
  const { stdout } = await run('npm', ['root', '--global']);
  const npm = '/usr/local/lib/node_modules/npm';
  await cp(path.join(stdout.trim(), 'npm'), path.join(root, npm), { recursive: true });
  await symlink(`${npm}/bin/npm-cli.js`, path.join(root, 'usr/local/bin/npm'));
  await fillCache(path.join(root, 'root', '.npm'));
  const searchPath = 'ENV PATH=/usr/local/bin:/usr/bin:/bin';
  return [searchPath, 'ENV HOME=/root', 'ENV npm_config_offline=true', 'CMD ["node"]'];
}

/** An installation elsewhere fills npm's cache with what the same installation in the image will ask for. */
async function fillCache(cache: string): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'npm-ci-'));
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
      await cp(path.join(PROJECT_DIRECTORY, file), path.join(directory, file));
    }
    await run('npm', ['ci', '--ignore-scripts', '--cache', cache], { cwd: directory });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Copies a program and the shared libraries that it needs, as ldd names them. */
async function copyProgram(root: string, program: string, destination: string): Promise<void> {
  await copy(root, program, destination);
  const { stdout } = await run('ldd', [program]);
  for (const [library] of stdout.matchAll(/(?<=\s)\/\S+(?= \()/g)) await copy(root, library);
}

async function copy(root: string, source: string, destination = source.slice(1)): Promise<void> {
  const target = path.join(root, destination);
  await mkdir(path.dirname(target), { recursive: true });
  await cp(await realpath(source), target);
}

async function put(root: string, file: string, content: string): Promise<void> {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), content);
}

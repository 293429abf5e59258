import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type PackedPackage, packPackages } from '../../scripts/pack/pack-packages.ts';

const run = promisify(execFile);
export const root = path.resolve(import.meta.dirname, '..', '..');

/** What the project with the packages has of its own: what cdktf init installs, and its app's framework. */
const OWN = ['@types/node', 'fastify'];

/** A folder outside of this project into which the packages are installed. */
export interface Installation {
  readonly directory: string;
  /** What was installed into it. */
  readonly packages: readonly PackedPackage[];
  write(file: string, content: string): Promise<void>;
  /** Runs a program with its arguments there, in an environment without anything of this project. */
  run(program: string, args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<string>;
  remove(): Promise<void>;
}

/** Packs the packages, and extracts them into the node_modules of an empty folder, beside what they say they need. */
export async function install(): Promise<Installation> {
  const directory = await realpath(await mkdtemp(path.join(tmpdir(), 'installed-')));
  const packages = await packPackages({
    projectDirectory: root,
    outputDirectory: path.join(directory, 'tarballs'),
  });
  const modules = path.join(directory, 'node_modules');
  await Promise.all(
    packages.map(async ({ name, tarball }) => {
      const folder = path.join(modules, name);
      await mkdir(folder, { recursive: true });
      await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components', '1']);
    }),
  );
  for (const { name } of packages) await linkDependencies(modules, name);
  for (const name of OWN) await link(modules, name, root);
  return {
    directory,
    packages,
    write: async (file, content) => {
      await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
      await writeFile(path.join(directory, file), content);
    },
    run: async (program, args, environment = {}) => {
      const env = {
        PATH: process.env.PATH,
        SystemRoot: process.env.SystemRoot,
        HOME: directory,
        ...environment,
      };
      try {
        const { stdout } = await run(program, args, { cwd: directory, env });
        return stdout;
      } catch (error) {
        const { stdout, stderr } = error as { stdout?: string; stderr?: string };
        throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
      }
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Reads the package.json of an installed package. */
export async function packageJsonOf(directory: string, name: string) {
  return JSON.parse(await readFile(path.join(directory, 'node_modules', name, 'package.json'), 'utf8'));
}

async function linkDependencies(modules: string, name: string): Promise<void> {
  const packageJson = await packageJsonOf(path.dirname(modules), name);
  const { dependencies, peerDependencies, peerDependenciesMeta = {} } = packageJson;
  const workspace = await realpath(path.join(root, 'node_modules', name));
  for (const needed of Object.keys({ ...dependencies, ...peerDependencies })) {
    if (!peerDependenciesMeta[needed]?.optional) await link(modules, needed, workspace);
  }
}

/** Links a package as the workspace resolves it, unless it is there already. */
async function link(modules: string, name: string, workspace: string): Promise<void> {
  const place = path.join(modules, name);
  if (existsSync(place)) return;
  const found = createRequire(path.join(workspace, 'package.json'))
    .resolve.paths(name)
    ?.map((folder) => path.join(folder, name))
    .find((folder) => existsSync(folder));
  if (!found) throw new Error(`${name}, which a package says it needs, is not installed`);
  await mkdir(path.dirname(place), { recursive: true });
  await symlink(await realpath(found), place, 'junction');
}

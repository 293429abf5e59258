import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import dockerIgnore from '@balena/dockerignore';
import { projectDirectory } from '../../cli/support/project.ts';

/**
 * The files of a folder that its .dockerignore lets into an image's context, with forward slashes, sorted.
 *
 * @param unread names of folders at the top that are not looked into, to save time
 */
export async function contextFiles(directory: string, unread: readonly string[] = []): Promise<string[]> {
  const ignore = dockerIgnore.default().add(await readFile(path.join(directory, '.dockerignore'), 'utf8'));
  const top = (await readdir(directory)).filter((name) => !unread.includes(name));
  const files = await Promise.all(top.map((name) => filesBelow(directory, name)));
  return files
    .flat()
    .filter((file) => !ignore.ignores(file))
    .map((file) => file.replaceAll(path.sep, '/'))
    .sort();
}

async function filesBelow(directory: string, name: string): Promise<string[]> {
  const entries = await readdir(path.join(directory, name), { recursive: true, withFileTypes: true }).catch(
    () => undefined,
  );
  if (entries === undefined) return [name];
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
}

/** The context of the project's image. */
export function projectContext(): Promise<string[]> {
  return contextFiles(projectDirectory, ['node_modules', '.git', 'cdktf.out', '.local']);
}

/** Copies the project's context into a folder, as a builder gets it, with this machine's packages beside it. */
export async function copyContext(destination: string): Promise<void> {
  for (const file of ['.dockerignore', ...(await projectContext())]) {
    const target = path.join(destination, file);
    await mkdir(path.dirname(target), { recursive: true });
    await cp(path.join(projectDirectory, file), target);
  }
  await symlink(
    path.join(projectDirectory, 'node_modules'),
    path.join(destination, 'node_modules'),
    'junction',
  );
}

/**
 * Bundles the service of a project, or of a copy of its context, with its own script.
 *
 * @param entry source of the service's entry. @default the project's own
 */
export async function bundle(directory: string, outputDirectory: string, entry = ''): Promise<void> {
  const script = path.join(directory, 'scripts', 'bundle.ts');
  await promisify(execFile)(process.execPath, [script, outputDirectory], {
    env: { ...process.env, SERVICE_ENTRY: entry },
  });
}

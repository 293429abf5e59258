import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { JsonError, readJson } from './json.ts';
import { readStackFiles, readStackFolder, type StackSource } from './stack.ts';
import { StackScope, stateKey } from './stack-scope.ts';
import { isMap } from './values.ts';

/** There is nothing to review, or it cannot be read. */
export class ReadError extends Error {
  override readonly name = 'ReadError';
}

/**
 * Reads what somebody wants to deploy: a `cdktf.out` with its stacks, a folder of Terraform JSON, or one file of it.
 *
 * @returns the stacks by id, each of which can look up values of the others
 * @throws ReadError that says what is there instead
 */
export function readSynthesis(place: string): StackScope[] {
  const sources = sourcesAt(resolve(place)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const byState = new Map<string, StackScope>();
  const find = ({ backend, config, workspace }: Readonly<Record<string, unknown>>) => {
    // Any other workspace than the one that is deployed has a state of its own.
    const isSame = workspace === undefined || String(workspace) === `\${terraform.workspace}`;
    return isSame ? byState.get(stateKey(backend, config) ?? '') : undefined;
  };
  const stacks = sources.map((source) => new StackScope(source, find));
  for (const stack of stacks) {
    const key = stack.stateOf();
    if (key !== undefined) byState.set(key, stack);
  }
  return stacks;
}

function sourcesAt(place: string): StackSource[] {
  const stat = statSync(place, { throwIfNoEntry: false });
  if (!stat)
    throw new ReadError(`There is nothing at ${place}. Give a folder of Terraform JSON, such as cdktf.out.`);
  if (!stat.isDirectory()) return [sourceOfFile(place)];
  const manifest = join(place, 'manifest.json');
  if (existsSync(manifest)) return sourcesOfManifest(place, manifest);
  const folders = foldersOf(place, 0);
  if (folders.length === 0) {
    throw new ReadError(
      `There is no Terraform JSON in ${place}: no manifest.json and no *.tf.json. ` +
        'Give the folder that `cdktf synth` writes, cdktf.out, or one with *.tf.json in it.',
    );
  }
  return folders.map((folder) => readStackFolder(folder, idOf(place, folder)));
}

function idOf(place: string, folder: string): string {
  const id = relative(place, folder)
    .split(sep)
    .join('/')
    .replace(/^stacks\//, '');
  return id === '' ? basename(folder) : id;
}

function sourceOfFile(file: string): StackSource {
  let value: unknown;
  try {
    value = readJson(readFileSync(file, 'utf8')).value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new ReadError(`${file} is no JSON: ${error.message}.`, { cause: error });
  }
  if (isMap(value) && 'format_version' in value) {
    throw new ReadError(`${file} is a plan. Give it with --plan.`);
  }
  if (
    !isMap(value) ||
    !['resource', 'terraform', 'provider', 'module', 'data'].some((name) => name in value)
  ) {
    throw new ReadError(
      `${file} is no Terraform JSON: it has none of resource, data, module, provider, terraform.`,
    );
  }
  const name = basename(file).replace(/(?:\.tf)?\.json$/, '');
  const id = name === 'cdk' ? basename(dirname(file)) : name;
  return readStackFiles([file], dirname(file), id);
}

function sourcesOfManifest(place: string, file: string): StackSource[] {
  let manifest: unknown;
  try {
    manifest = readJson(readFileSync(file, 'utf8')).value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new ReadError(`${file} is no JSON: ${error.message}.`, { cause: error });
  }
  const stacks = isMap(manifest) && isMap(manifest.stacks) ? Object.entries(manifest.stacks) : [];
  return stacks.map(([id, stack]) => {
    const folder = isMap(stack) && typeof stack.workingDirectory === 'string' ? stack.workingDirectory : '';
    const directory = resolve(place, folder);
    if (!existsSync(directory))
      throw new ReadError(`${file} names the stack ${id}, but there is no ${directory}.`);
    return readStackFolder(directory, id);
  });
}

/** Folders with Terraform JSON in them; those inside of one are its modules. */
function foldersOf(folder: string, depth: number): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.some((entry) => entry.isFile() && entry.name.endsWith('.tf.json'))) return [folder];
  if (depth > 4) return [];
  return entries
    .filter((entry) => entry.isDirectory() && !/^(?:\.|node_modules$)/.test(entry.name))
    .flatMap((entry) => foldersOf(join(folder, entry.name), depth + 1));
}

import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');

/** One import of a source file, types and dynamic imports included. */
export interface Import {
  /** The file that imports; relative to the project, with forward slashes. */
  readonly file: string;
  /** What stands there. */
  readonly specifier: string;
  /** The file of this project that it is; undefined for Node's modules and packages of others. */
  readonly target: string | undefined;
}

/** The package.json of a package of this project, or of the project itself. */
export interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly workspaces?: readonly string[];
}

/** Reads the package.json of a folder of the project. */
export function manifestOf(folder = '.'): Manifest {
  return JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')) as Manifest;
}

/** The project's own package.json. */
export const project = manifestOf();

/** Packages of this project: their package.json by folder. */
export const packages: ReadonlyMap<string, Manifest> = new Map(
  (project.workspaces ?? []).map((folder) => [folder, manifestOf(folder)]),
);

/** Every import of the files in a folder, or of one file. */
export function importsOf(place: string): Import[] {
  const files = /\.\w+$/.test(place)
    ? [place]
    : globSync(`${place}/**/*.{ts,js}`, { cwd: root, exclude: ['**/node_modules/**'] });
  return files.flatMap((found) => {
    const file = found.split(path.sep).join('/');
    const specifiers = specifiersOf(readFileSync(path.join(root, file), 'utf8'));
    return specifiers.map((specifier) => ({ file, specifier, target: targetOf(file, specifier) }));
  });
}

// The code is formatted, so statements begin lines. What createRequire gives is called `require` here.
const STATEMENT = /^(?:import|export)\s(?:[^'`;]*?\sfrom\s)?'([^'\n]+)'/gm;
const EXPRESSION = /(?<!["'`])\b(?:import|require|require\.resolve)\(\s*'([^'$\n]+)'/g;

/** What a source imports or exports from. */
export function specifiersOf(source: string): string[] {
  return [STATEMENT, EXPRESSION].flatMap((pattern) =>
    [...source.matchAll(pattern)].map(([, specifier = '']) => specifier),
  );
}

/** The name of the package that a specifier is of; undefined for files and Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || isBuiltin(specifier)) return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(file), specifier);
  for (const [folder, { name, exports = {} }] of packages) {
    if (packageOf(specifier) !== name) continue;
    const entry = exports[`.${specifier.slice(name.length)}`];
    return entry && path.posix.join(folder, entry);
  }
  return undefined;
}

/** The part of the project that a file is in: its first folder, or the file itself. */
export function partOf(file: string): string {
  return file.split('/', 1).join();
}

/** Groups of nodes that all reach each other, in the order of their names; none in a graph without a circle. */
export function circlesOf(edges: readonly (readonly [string, string])[]): string[][] {
  const next = Map.groupBy(edges, ([from]) => from);
  const reached = (start: string) => {
    const seen = new Set<string>();
    const open = [start];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (const [, to] of next.get(node) ?? []) {
        if (seen.has(to)) continue;
        seen.add(to);
        open.push(to);
      }
    }
    return seen;
  };
  const reach = new Map([...next.keys()].map((node) => [node, reached(node)]));
  const circles = [...reach]
    .filter(([node, nodes]) => nodes.has(node))
    .map(([node, nodes]) => [...nodes].filter((other) => reach.get(other)?.has(node)).sort());
  return [...new Map(circles.map((circle) => [circle.join(), circle])).values()];
}

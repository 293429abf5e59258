import { execFile } from 'node:child_process';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type PackageJson, publishedPackageJson } from './package-json.ts';

const run = promisify(execFile);

/** What a package has besides its own folder, because it imports it by a relative path. */
const CARRIED: Readonly<Record<string, readonly string[]>> = { cli: ['settings', 'runtime.js'] };

/** A package that was packed. */
export interface PackedPackage {
  readonly name: string;
  /** Absolute path of the .tgz file. */
  readonly tarball: string;
}

/**
 * Compiles the parts of the project and packs each workspace: JavaScript with declarations and source maps, its README,
 * the licence. All have the version of the project's own package.json. Types are not checked here: `npm test` does.
 * @param outputDirectory what it held before is removed
 * @throws Error with the compiler's output where it finds an error
 */
export async function packPackages(options: {
  readonly projectDirectory: string;
  readonly outputDirectory: string;
}): Promise<PackedPackage[]> {
  const { projectDirectory, outputDirectory } = options;
  const project = await readPackageJson(projectDirectory);
  await rm(outputDirectory, { recursive: true, force: true });
  const compiled = path.join(outputDirectory, 'compiled');
  await compile(projectDirectory, compiled);
  const folders = await Promise.all(
    (project.workspaces ?? []).map(async (part) => {
      const folder = path.join(outputDirectory, part);
      await assemble({ projectDirectory, compiled, part, folder, version: project.version });
      return folder;
    }),
  );
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', outputDirectory, ...folders],
    { cwd: outputDirectory, maxBuffer: 1e8, shell: process.platform === 'win32' },
  );
  await Promise.all([compiled, ...folders].map((folder) => rm(folder, { recursive: true })));
  const packed: { name: string; filename: string }[] = JSON.parse(stdout);
  return packed.map(({ name, filename }) => ({ name, tarball: path.join(outputDirectory, filename) }));
}

async function compile(projectDirectory: string, outDir: string): Promise<void> {
  const compiler = path.join(projectDirectory, 'node_modules', 'typescript', 'bin', 'tsc');
  const configuration = path.join(projectDirectory, 'scripts', 'pack', 'tsconfig.json');
  try {
    await run(process.execPath, [compiler, '--project', configuration, '--outDir', outDir]);
  } catch (error) {
    throw new Error(`The packages do not compile:\n${(error as { stdout?: string }).stdout}`, {
      cause: error,
    });
  }
}

/** Puts together in a folder what is packed of a part. */
async function assemble(options: {
  readonly projectDirectory: string;
  readonly compiled: string;
  readonly part: string;
  readonly folder: string;
  readonly version: string;
}): Promise<void> {
  const { projectDirectory, compiled, part, folder, version } = options;
  const carried = CARRIED[part] ?? [];
  // What imports a part beside itself by a relative path keeps its place relative to it.
  const below = carried.length > 0 ? part : '.';
  for (const name of [part, ...carried]) {
    const into = name === part ? path.join(folder, below) : path.join(folder, name);
    await cp(path.join(projectDirectory, name), into, { recursive: true, filter: isPackedAsItIs });
    if (path.extname(name) === '') await cp(path.join(compiled, name), into, { recursive: true });
  }
  await cp(path.join(projectDirectory, part, 'README.md'), path.join(folder, 'README.md'));
  await cp(path.join(projectDirectory, 'LICENSE'), path.join(folder, 'LICENSE'));
  const workspace = await readPackageJson(path.join(projectDirectory, part));
  const published = publishedPackageJson(workspace, version, below);
  await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`);
  await importCompiled(folder);
}

/** Whether a file or folder of the sources is packed as it is, which TypeScript is not. */
function isPackedAsItIs(source: string): boolean {
  return !/\.ts$|[\\/](?:node_modules|package\.json|README\.md)$/.test(source);
}

const RELATIVE_TYPESCRIPT = /((?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"\n]+)\.ts\2/g;

/** Has declarations, and what was JavaScript before, name the compiled files; the compiler does so in its JavaScript. */
async function importCompiled(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true });
  const named = files.filter((file) => /\.d\.ts$|(?:^|[\\/])(?:bin|runtime)\.js$/.test(file));
  await Promise.all(
    named.map(async (file) => {
      const place = path.join(folder, file);
      const text = await readFile(place, 'utf8');
      await writeFile(place, text.replace(RELATIVE_TYPESCRIPT, '$1$2$3.js$2'));
    }),
  );
}

async function readPackageJson(directory: string): Promise<PackageJson> {
  return JSON.parse(await readFile(path.join(directory, 'package.json'), 'utf8')) as PackageJson;
}

/** What is read and written of a package.json. */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly workspaces?: readonly string[];
}

/**
 * The package.json of what is published, from the one in the workspace, which points at TypeScript.
 *
 * `main` and `types` are for TypeScript projects with `module: commonjs`, such as `cdktf init` makes: their module
 * resolution does not read `exports`.
 *
 * @param version the one version of all packages
 * @param folder where the package's files are, relative to its root: `.` or a folder's name
 */
export function publishedPackageJson(workspace: PackageJson, version: string, folder: string) {
  const { bin = {}, exports = {}, dependencies = {}, ...rest } = workspace;
  const main = exports['.'] && compiledAt(folder, exports['.']);
  return {
    ...rest,
    version,
    ...(workspace.bin && { bin: mapValues(bin, (file) => inFolder(folder, file)) }),
    ...(main && { main: `${main}.js`, types: `${main}.d.ts` }),
    exports: mapValues(exports, (file) => {
      if (!file.endsWith('.ts')) return file;
      const compiled = compiledAt(folder, file);
      return { types: `${compiled}.d.ts`, default: `${compiled}.js` };
    }),
    dependencies: Object.fromEntries(
      Object.entries(dependencies).map(([name, range]) => [name, isOurs(name) ? version : range]),
    ),
  };
}

/** Whether it is one of the packages of this project. */
function isOurs(name: string): boolean {
  return name === 'cloud-run-identity' || name.startsWith('@cloud-run-identity/');
}

/** A source's place without its ending: './index.ts' → './index'. */
function compiledAt(folder: string, source: string): string {
  return inFolder(folder, source.replace(/\.ts$/, ''));
}

function inFolder(folder: string, file: string): string {
  const relative = file.replace(/^\.\//, '');
  return folder === '.' ? `./${relative}` : `./${folder}/${relative}`;
}

function mapValues<T>(
  record: Readonly<Record<string, string>>,
  map: (value: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

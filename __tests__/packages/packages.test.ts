import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageOf } from '../support/source-graph.ts';
import { type Installation, install, packageJsonOf, root } from './support.ts';

const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));

let installed: Installation;
beforeAll(async () => {
  installed = await install();
}, 120_000);
afterAll(() => installed?.remove());

/** Statements, and types that the compiler wrote as `import("x").Y`. */
const IMPORTED = /^(?:import|export) .*from ['"]([^'"]+)|\bimport\("([^"]+)/gm;

const NAMES = [
  '@cloud-run-identity/iam-roles',
  '@cloud-run-identity/constructs',
  '@cloud-run-identity/review',
  '@cloud-run-identity/secrets',
  '@cloud-run-identity/local-cloud',
  'cloud-run-identity',
];

test('every part is packed', () => {
  expect(installed.packages.map(({ name }) => name)).toEqual(NAMES);
});

describe.each(NAMES)('the package %s', (name) => {
  test('has JavaScript with declarations and source maps, a README and the licence, and no sources or tests', async () => {
    const folder = path.join(installed.directory, 'node_modules', name);
    const files = await readdir(folder, { recursive: true });
    const ofKind = (pattern: RegExp) => files.filter((file) => pattern.test(file));
    expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'package.json']));
    expect(ofKind(/(?<!\.d)\.ts$/)).toEqual([]);
    expect(ofKind(/__tests__|\.test\.|bench|node_modules|\.map\.map$/)).toEqual([]);
    const compiled = ofKind(/\.js\.map$/).map((file) => file.replace(/\.js\.map$/, ''));
    expect(compiled).not.toEqual([]);
    for (const file of compiled)
      expect(files).toEqual(expect.arrayContaining([`${file}.js`, `${file}.d.ts`]));
  });

  test('needs what its files import, those of types too, and nothing else is there to be found', async () => {
    const folder = path.join(installed.directory, 'node_modules', name);
    const { dependencies, peerDependencies } = await packageJsonOf(installed.directory, name);
    const files = (await readdir(folder, { recursive: true })).filter((file) => /\.(?:js|d\.ts)$/.test(file));
    const missing = new Set<string>();
    for (const file of files) {
      const text = await readFile(path.join(folder, file), 'utf8');
      for (const [, from, imported] of text.matchAll(IMPORTED)) {
        const needed = packageOf(from ?? imported ?? '.');
        const isNamed =
          needed === undefined || needed === name || needed in { ...dependencies, ...peerDependencies };
        if (!isNamed) missing.add(`${file}: ${needed}`);
      }
    }
    expect([...missing]).toEqual([]);
  });

  test('has the version that all have, also of what it needs of ours', async () => {
    const packageJson = await packageJsonOf(installed.directory, name);
    expect(packageJson).toMatchObject({
      version,
      license: 'MIT',
      engines: { node: expect.stringMatching(/^>=\d+/) },
    });
    const needed: [string, string][] = Object.entries(packageJson.dependencies);
    for (const [other, range] of needed)
      if (NAMES.includes(other)) expect([other, range]).toEqual([other, version]);
    expect(JSON.stringify(packageJson)).not.toMatch(/(?<!\.d)\.ts"/);
  });
});

test('the workspace has the same version everywhere', async () => {
  const { workspaces } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  for (const part of workspaces) {
    const workspace = JSON.parse(await readFile(path.join(root, part, 'package.json'), 'utf8'));
    expect([part, workspace.version]).toEqual([part, version]);
  }
});

describe('a project that has the packages', { timeout: 120_000 }, () => {
  const STRICT = { strict: true, skipLibCheck: false, noUncheckedIndexedAccess: true };
  const ANSWER = `readers [ 'serviceAccount:orders@my-project.iam.gserviceaccount.com' ]
applied [ 'keys', 'orders' ]
secret a-key
stranger startup 503
`;
  const require = createRequire(import.meta.url);
  const requireOfCdktf = createRequire(require.resolve('cdktf-cli/package.json'));

  test('in ES modules and strict TypeScript uses them', async () => {
    await installed.write('esm/package.json', '{ "type": "module" }');
    const options = { ...STRICT, module: 'nodenext', target: 'es2024', types: ['node'] };
    await build('esm', ['infrastructure.ts', 'main.ts'], options);
    expect(await installed.run(process.execPath, ['esm/main.js'])).toBe(ANSWER);
  });

  test('in CommonJS and strict TypeScript uses them', async () => {
    // Fastify's own types want esModuleInterop.
    const options = {
      ...STRICT,
      module: 'commonjs',
      target: 'es2022',
      types: ['node'],
      esModuleInterop: true,
    };
    await build('cjs', ['infrastructure.ts', 'main.ts'], options);
    expect(await readFile(path.join(installed.directory, 'cjs', 'main.js'), 'utf8')).toContain(
      'require("@cloud-run-identity/secrets/fastify")',
    );
    expect(await installed.run(process.execPath, ['cjs/main.js'])).toBe(ANSWER);
  });

  test('as cdktf init makes it, with an older TypeScript, has its infrastructure of them', async () => {
    const tools = path.dirname(requireOfCdktf.resolve('@cdktf/cli-core/package.json'));
    const template = path.join(tools, 'templates', 'typescript', 'tsconfig.json');
    const { compilerOptions } = JSON.parse(await readFile(template, 'utf8'));
    const typescript = createRequire(requireOfCdktf.resolve('jsii/package.json')).resolve(
      'typescript/package.json',
    );
    await build('cdktf', ['infrastructure.ts'], { ...compilerOptions, skipLibCheck: false }, typescript);
    const synthesize = "require('./cdktf/infrastructure.js').synthesize('cdktf.out', '/secret.enc')";
    await installed.run(process.execPath, ['--eval', synthesize]);
  });
});

/** Compiles these files in a folder of the installation. */
async function build(
  folder: string,
  files: readonly string[],
  compilerOptions: object,
  typescript = createRequire(import.meta.url).resolve('typescript/package.json'),
): Promise<void> {
  for (const file of files) {
    await installed.write(`${folder}/${file}`, await readFile(path.join(import.meta.dirname, file), 'utf8'));
  }
  await installed.write(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, files }));
  const compiler = path.join(path.dirname(typescript), 'bin', 'tsc');
  await installed.run(process.execPath, [compiler, '--project', folder]);
}

describe('the bins', () => {
  const BINS = [
    ['cloud-run-identity', 'cloud-run-identity/cli/bin.js'],
    ['local-cloud', '@cloud-run-identity/local-cloud/bin.js'],
  ] as const;

  test('are the ones that the packages name', async () => {
    const bins = await Promise.all(
      NAMES.map(async (name) =>
        Object.entries((await packageJsonOf(installed.directory, name)).bin ?? {}).map(([bin, file]) => [
          bin,
          path.posix.join(name, file as string),
        ]),
      ),
    );
    expect(bins.flat().sort()).toEqual([...BINS].sort());
  });

  test('cloud-run-identity says its version', async () => {
    expect(await bin('cloud-run-identity/cli/bin.js', '--version')).toBe(`${version}\n`);
  });

  test.each(BINS)('%s says in one line that it wants a newer Node', async (_name, file) => {
    const older = "Object.defineProperty(process.versions, 'node', { value: '20.20.2' });";
    const failure = await bin(file, '--help', [
      '--import',
      `data:text/javascript,${encodeURIComponent(older)}`,
    ]).catch((error: Error) => error.message);
    expect(failure).toMatch(/ failed:\n.*Node 24 or (?:newer|later).*\n$/);
  });

  function bin(file: string, argument: string, options: readonly string[] = []): Promise<string> {
    const place = path.join(installed.directory, 'node_modules', file);
    return installed.run(process.execPath, [...options, place, argument]);
  }
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  circlesOf,
  type Import,
  importsOf,
  packageOf,
  packages,
  partOf,
  project,
  specifiersOf,
} from './support/source-graph.ts';

/** Which parts of the project a part may import. What they tell a reader about the parts is in the README's picture. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['settings', 'constructs', 'review'],
  settings: [],
  constructs: [],
  review: ['iam-roles'],
  secrets: [],
  'iam-roles': [],
  emulator: ['iam-roles'],
  service: ['secrets'],
  cli: ['settings', 'review', 'secrets', 'emulator'],
  examples: ['service', 'secrets', 'emulator'],
};

/** What a part may import of others' packages, where the arrows alone would not say it. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  'main.ts': /^cdktf$/,
  settings: /^$/,
  constructs: /^(?:cdktf|constructs|@cdktf\/provider-[a-z]+|@balena\/dockerignore)$/,
  review: /^$/,
  'iam-roles': /^$/,
  secrets: /^(?!@?cdktf)/,
  emulator: /^(?!@?cdktf)/,
  cli: /^(?!@?cdktf)/,
};

/** The one file of a part that is no package by which others come in; a service of an example stands in for ours. */
const DOORS: Readonly<Record<string, string>> = { settings: 'settings/index.ts' };

/** What measures and tests the parts: it may look inside them, and no part may know it. */
const OUTSIDE = ['bench', 'scripts', '__tests__'];

const imports = new Map([...Object.keys(ARROWS), ...OUTSIDE].map((part) => [part, importsOf(part)]));
const all = [...imports.values()].flat();

/** What is wrong with an import of a part, or undefined. */
function problemOf({ file, specifier, target }: Import): string | undefined {
  const part = partOf(file);
  const name = packageOf(specifier);
  const own = [...packages.values()].some((manifest) => manifest.name === name);
  if (own && target === undefined) return `${file}: ${specifier} is nothing that its package exports`;
  if (target === undefined) {
    const mayNot = name !== undefined && PACKAGES[part] && !PACKAGES[part].test(name);
    return mayNot ? `${file}: ${part} may not import ${name}` : undefined;
  }
  const other = partOf(target);
  // A package reads its own version by its name: where its package.json is differs once it is packed.
  if (target.endsWith('/package.json')) return undefined;
  if (other === part) return own ? `${file}: ${specifier} is its own package` : undefined;
  // What makes a package's program run at all, and is packed with it.
  if (target === 'runtime.js') return undefined;
  if (!ARROWS[part]?.includes(other)) return `${file}: ${part} may not import ${other}`;
  if (packages.has(other))
    return own ? undefined : `${file}: ${specifier} is a package, and is imported by name`;
  const door = DOORS[other] ?? target;
  return target === door ? undefined : `${file}: ${specifier} is not the door of ${other}`;
}

describe('a part', () => {
  test.each(Object.keys(ARROWS))('%s imports what it may, through the doors that all have', (part) => {
    const found = imports.get(part) ?? [];
    expect(found.length).toBeGreaterThan(part === 'iam-roles' ? -1 : 0);
    expect(found.map(problemOf).filter(Boolean)).toEqual([]);
  });

  test.each<[string, Import]>([
    ['infrastructure that knows the runtime', imported('constructs/x.ts', '@google-cloud/kms')],
    ['a part that it may not know', imported('emulator/x.ts', '../cli/main.ts', 'cli/main.ts')],
    ['a package by its path', imported('cli/x.ts', '../secrets/index.ts', 'secrets/index.ts')],
    ['what a package does not export', imported('cli/x.ts', '@cloud-run-identity/secrets/seal.ts')],
    ['another door than the one', imported('main.ts', './settings/table.ts', 'settings/table.ts')],
    [
      'what tests it',
      imported('secrets/x.ts', '../__tests__/support/scene.ts', '__tests__/support/scene.ts'),
    ],
  ])('may not import %s', (_what, wrong) => {
    expect(problemOf(wrong)).toMatch(/may not import|by name|exports|is not the door/);
  });

  function imported(file: string, specifier: string, target?: string): Import {
    return { file, specifier, target };
  }
});

describe('a package.json', () => {
  test.each([...packages.keys()])('of %s names exactly what is imported', (part) => {
    const { dependencies, peerDependencies } = packages.get(part) ?? {};
    const named = Object.keys({ ...dependencies, ...peerDependencies }).sort();
    expect(named).toEqual(packagesOf([part]));
  });

  test('of the project names all that its own code imports', () => {
    const { dependencies, devDependencies } = project;
    const own = ['main.ts', 'settings', 'service', 'examples', ...OUTSIDE];
    const missing = packagesOf(own).filter((name) => !(name in { ...dependencies, ...devDependencies }));
    expect(missing).toEqual([]);
  });

  function packagesOf(parts: readonly string[]): string[] {
    const found = parts.flatMap((part) => imports.get(part) ?? []);
    const others = found.filter(({ target }) => !target?.endsWith('/package.json'));
    const names = others.map(({ specifier }) => packageOf(specifier));
    return [...new Set(names.filter((name) => name !== undefined))].sort();
  }
});

describe('there is no circle', () => {
  test('of files, those of types, tests and benches included', () => {
    const edges = all.flatMap(({ file, target }) => (target ? [[file, target] as const] : []));
    expect(edges.length).toBeGreaterThan(500);
    expect(circlesOf(edges)).toEqual([]);
  });

  test('that would not be found', () => {
    const edges = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
      ['c', 'd'],
      ['e', 'e'],
    ] as const;
    expect(circlesOf(edges)).toEqual([['a', 'b', 'c'], ['e']]);
  });
});

test("the README's picture has the arrows that there are, and no other", () => {
  const readme = readFileSync(path.resolve(import.meta.dirname, '..', 'README.md'), 'utf8');
  const pictures = [...readme.matchAll(/```mermaid\n(.*?)```/gs)].map(([, picture = '']) => picture);
  const picture = pictures.find((one) => one.includes('main.ts -->')) ?? '';
  const drawn = [...picture.matchAll(/^ {2}(\S+) --> (\S+)$/gm)].map(([, from, to]) => `${from} --> ${to}`);
  const real = Object.keys(ARROWS).flatMap((part) =>
    (imports.get(part) ?? []).flatMap(({ target }) => {
      const other = target && partOf(target);
      return other && other !== part && other in ARROWS ? [`${part} --> ${other}`] : [];
    }),
  );
  expect(drawn.sort()).toEqual([...new Set(real)].sort());
});

test('imports of every kind are found', () => {
  const source = `
import a from './a.ts';
import type { B } from './b.ts';
import {
  c,
  type C,
} from './c.ts';
export { d } from './d.ts';
export * from './e.ts';
import './f.ts';
  const { g } = await import('./g.ts');
type H = import('./h.ts').H;
const text = "not from './i.ts'";
`;
  expect(specifiersOf(source)).toEqual(
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `./${name}.ts`),
  );
});

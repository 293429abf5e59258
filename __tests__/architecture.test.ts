import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

/** Who may import whom: the parts of the project and the packages, besides Node's own modules. */
const ARROWS: Readonly<Record<string, { readonly parts: readonly string[]; readonly packages: RegExp }>> = {
  'main.ts': { parts: ['settings'], packages: /^(?:cdktf|@cloud-run-identity\/(?:constructs|review))$/ },
  settings: { parts: ['settings'], packages: /^$/ },
  constructs: {
    parts: ['constructs'],
    packages: /^(?:cdktf|constructs|@cdktf\/provider-[a-z]+)$/,
  },
  review: {
    parts: ['review', 'settings', 'constructs'],
    packages: /^(?:cdktf|constructs|@cloud-run-identity\/iam-roles)$/,
  },
  service: { parts: ['service', 'secrets'], packages: /^/ },
  examples: { parts: ['examples', 'service', 'secrets'], packages: /^/ },
  cli: {
    parts: ['cli', 'settings'],
    packages:
      /^(?:cloud-run-identity|@cloud-run-identity\/(?:secrets|local-cloud|review)|commander|@bomb\.sh\/tab|listr2|@inquirer\/prompts|@marcbachmann\/cel-js|@google-cloud\/(?:kms|storage)|google-auth-library)$/,
  },
  secrets: {
    parts: ['secrets'],
    packages: /^(?:@google-cloud\/(?:kms|storage)|google-auth-library|typebox|fastify|fastify-plugin)$/,
  },
  'iam-roles': { parts: ['iam-roles'], packages: /^$/ },
  emulator: { parts: ['emulator'], packages: /^(?!@cloud-run-identity\/(?!iam-roles$)|cdktf)/ },
};

// The code is formatted, so statements look alike: `… from 'x'`, `import 'x'` and `import('x')`.
const SPECIFIER = /(?:^|[\s;}])from\s*'([^'\n]+)'|(?:^|[\s;])import\s*\(?\s*'([^'\n]+)'/gm;

/** What a source file imports or exports from, types and dynamic imports included. */
function importsOf(source: string): string[] {
  return [...source.matchAll(SPECIFIER)].map(([, from, imported]) => from ?? imported ?? '');
}

function sourcesOf(part: string): string[] {
  if (part.endsWith('.ts')) return [part];
  return readdirSync(path.join(root, part), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('node_modules'))
    .map((file) => path.join(part, file));
}

function violationsOf(file: string, { parts, packages }: (typeof ARROWS)[string], source: string): string[] {
  return importsOf(source).filter((specifier) => {
    if (specifier.startsWith('node:')) return false;
    if (!specifier.startsWith('.')) return !packages.test(packageOf(specifier));
    const [part = ''] = path.join(path.dirname(file), specifier).split(path.sep);
    return !parts.includes(part);
  });
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

describe('imports', () => {
  test.each(Object.entries(ARROWS))('of %s go only where they may', (part, arrows) => {
    const files = sourcesOf(part);
    expect(files.length).toBeGreaterThan(0);
    const violations = files.flatMap((file) =>
      violationsOf(file, arrows, readFileSync(path.join(root, file), 'utf8')).map(
        (found) => `${file} -> ${found}`,
      ),
    );
    expect(violations).toEqual([]);
  });

  test('of every kind are found', () => {
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
    `;
    expect(importsOf(source)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `./${name}.ts`));
  });

  test('that cross the border between infrastructure and runtime are violations', () => {
    const { constructs, emulator } = ARROWS as Required<typeof ARROWS>;
    const file = path.join('constructs', 'x.ts');
    expect(violationsOf(file, constructs as never, "import x from '../service/config.ts';")).toHaveLength(1);
    expect(violationsOf(file, constructs as never, "import x from '@google-cloud/kms';")).toHaveLength(1);
    expect(
      violationsOf(file, constructs as never, "import x from '@cdktf/provider-google/lib/a.js';"),
    ).toEqual([]);
    expect(
      violationsOf(path.join('emulator', 'x.ts'), emulator as never, "await import('../cli/y.ts')"),
    ).toHaveLength(1);
  });
});

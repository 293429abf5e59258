import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'esbuild';

/** How Fastify uses a module that it loads before it needs it. */
interface LazyModule {
  readonly module: string;
  /** `factory`: called once when an app is made, for a function. `namespace`: its members are used where needed. */
  readonly use: 'factory' | 'namespace';
}

/** What is loaded before it is used, by the file of Fastify's `lib/` and the name that it has there. */
export const LAZY_MODULES: Readonly<Record<string, Readonly<Record<string, LazyModule>>>> = {
  // They make functions of JSON schemas; an app may have none.
  'schema-controller.js': {
    ValidatorSelector: { module: '@fastify/ajv-compiler', use: 'factory' },
    SerializerSelector: { module: '@fastify/fast-json-stringify-compiler', use: 'factory' },
  },
  // For a server with certificates, and for one that listens on localhost.
  'server.js': {
    https: { module: 'node:https', use: 'namespace' },
    http2: { module: 'node:http2', use: 'namespace' },
    dns: { module: 'node:dns', use: 'namespace' },
  },
  // For a plugin that says which Fastify it needs.
  'plugin-utils.js': { semver: { module: 'semver', use: 'namespace' } },
};

/**
 * In the bundle, what {@link LAZY_MODULES} lists is loaded by its first use: the same functions, a good part of the
 * start later.
 *
 * @throws Error when Fastify's file is not what this expects
 */
export const lazyModules: Plugin = {
  name: 'lazy-modules',
  setup({ onLoad }) {
    onLoad(
      { filter: /[\\/]fastify[\\/]lib[\\/](?:schema-controller|server|plugin-utils)\.js$/ },
      async (file) => {
        let contents = await readFile(file.path, 'utf8');
        for (const [name, lazy] of Object.entries(LAZY_MODULES[path.basename(file.path)] ?? {})) {
          const eager = `const ${name} = require('${lazy.module}')`;
          if (!contents.includes(eager))
            throw new Error(`${file.path} does not hold ${eager}: see lazy-modules.ts.`);
          contents = lazily(contents, name, lazy, eager);
        }
        return { contents };
      },
    );
  },
};

function lazily(contents: string, name: string, { module, use }: LazyModule, eager: string): string {
  const load = `require('${module}')`;
  if (use === 'factory')
    return contents.replace(
      eager,
      () => `let made; const ${name} = () => (...given) => (made ??= ${load}())(...given)`,
    );
  const member = new RegExp(`(?<![\\w$.'/:])${name}(?=\\.)`, 'g');
  return contents.replace(eager, '').replaceAll(member, () => load);
}

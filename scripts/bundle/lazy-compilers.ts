import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** What makes functions of JSON schemas, by the name under which Fastify's schema controller requires it. */
export const LAZY_COMPILERS: Readonly<Record<string, string>> = {
  ValidatorSelector: '@fastify/ajv-compiler',
  SerializerSelector: '@fastify/fast-json-stringify-compiler',
};

/**
 * Fastify loads what compiles JSON schemas when an app is made, also for an app that has no schema. In the bundle it is
 * loaded by the first schema: the same functions, a tenth of the start later.
 *
 * @throws Error when Fastify's schema controller is not what this expects
 */
export const lazyCompilers: Plugin = {
  name: 'lazy-compilers',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]fastify[\\/]lib[\\/]schema-controller\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, 'utf8');
      for (const [name, module] of Object.entries(LAZY_COMPILERS)) {
        const eager = `const ${name} = require('${module}')`;
        if (!contents.includes(eager))
          throw new Error(`${path} does not hold ${eager}: see lazy-compilers.ts.`);
        contents = contents.replace(
          eager,
          `let made; const ${name} = () => (...given) => (made ??= require('${module}')())(...given)`,
        );
      }
      return { contents };
    });
  },
};

import path from 'node:path';
import type { Plugin } from 'esbuild';

/** The parts that the service is made of, by the names under which it imports them. */
const OWN_PACKAGES: Readonly<Record<string, string>> = {
  '@cloud-run-identity/secrets': 'secrets/index.ts',
  '@cloud-run-identity/secrets/fastify': 'secrets/fastify/index.ts',
};

/**
 * Takes the project's own packages from where their sources are, not from the links in node_modules, so that they have
 * one path whoever imports them.
 *
 * @param projectDirectory absolute path of the project
 */
export function ownPackages(projectDirectory: string): Plugin {
  return {
    name: 'own-packages',
    setup({ onResolve }) {
      onResolve({ filter: /^@cloud-run-identity\// }, ({ path: imported }) => {
        const source = OWN_PACKAGES[imported];
        return source ? { path: path.join(projectDirectory, source), sideEffects: false } : undefined;
      });
    },
  };
}

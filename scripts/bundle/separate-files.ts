import path from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * What only a setting asks for, by its source: a file of its own in the image, which Node reads when it is imported and
 * not at each start. They hold copies of what they share with the service, so nothing of theirs may be told apart by
 * its class on the other side.
 */
export const SEPARATE_FILES: Readonly<Record<string, string>> = {
  'secrets/clients.ts': 'google-clients.cjs',
  'service/telemetry/telemetry.ts': 'telemetry.cjs',
};

/**
 * Leaves dynamic imports of {@link SEPARATE_FILES} to Node.
 *
 * @param projectDirectory absolute path of the project
 */
export function separateFiles(projectDirectory: string): Plugin {
  return {
    name: 'separate-files',
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\// }, ({ kind, path: imported, resolveDir }) => {
        const source = path.relative(projectDirectory, path.resolve(resolveDir, imported));
        const file = kind === 'dynamic-import' && SEPARATE_FILES[source.replaceAll(path.sep, '/')];
        return file ? { path: `./${file}`, external: true } : undefined;
      });
    },
  };
}

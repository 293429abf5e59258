import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../process.ts';

/** Bundles bench/reference/NAME.ts into one CommonJS file, as the service is. @returns the command that runs it */
export async function bundledReference(name: string, folder: string): Promise<readonly string[]> {
  const outfile = path.join(folder, `${name}.cjs`);
  await build({
    absWorkingDir: ROOT,
    entryPoints: [path.join('bench', 'reference', `${name}.ts`)],
    outfile,
    bundle: true,
    tsconfigRaw: {},
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
  });
  return [process.execPath, outfile];
}

/**
 * Fills a compile cache with what is compiled while the program loads, as the service's image has it.
 *
 * @param command of bundledReference
 * @returns the environment with which the program uses it
 */
export function withCompileCache([program = '', file = '']: readonly string[], folder: string) {
  const cache = path.join(folder, 'compile-cache');
  const load = `
    const module = require('node:module');
    module.enableCompileCache(${JSON.stringify(cache)});
    require(${JSON.stringify(file)});
    module.flushCompileCache();
    process.exit();`;
  const { status, stderr } = spawnSync(program, ['--eval', load], { env: { PORT: '0' }, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} could not be loaded for its compile cache: ${stderr}`);
  return { NODE_COMPILE_CACHE: cache };
}

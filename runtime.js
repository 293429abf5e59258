import module from 'node:module';
import { join } from 'node:path';

/**
 * What every command of this project and `cdktf synth` load first; the rest is TypeScript, which an older Node answers
 * with a stack trace. Ends the process with exit code 1 and one line where Node is older than 24.
 */
if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(
    `Node 24 or newer is needed, and this is ${process.versions.node}. ` +
      'Fix: npm ci brings one along for npm run and npx, but for Macs with Apple silicon: install it there, from https://nodejs.org.',
  );
  process.exit(1);
}

/**
 * Keeps what Node compiles for the next run, TypeScript without its types included: a synthesis then takes two thirds
 * of the time. Where nothing can be written, and with NODE_DISABLE_COMPILE_CACHE=1, everything is compiled each time;
 * NODE_COMPILE_CACHE moves it to another folder.
 *
 * This file is JavaScript because Node would have to load its TypeScript parser for it alone, before the cache is there.
 * The folder is not the default one below the system's temporary folder, where others may put code of theirs.
 */
module.enableCompileCache(join(import.meta.dirname, 'node_modules', '.cache', 'node-compile-cache'));

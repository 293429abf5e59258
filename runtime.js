import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Keeps what Node compiles for the next run, TypeScript without its types included: a synthesis then takes two thirds
 * of the time. cdktf.json has Node load this before main.ts, which does not need it. Where nothing can be written, and
 * with NODE_DISABLE_COMPILE_CACHE=1, everything is compiled each time; NODE_COMPILE_CACHE moves it to another folder.
 *
 * It is JavaScript because Node would have to load its TypeScript parser for this file alone, before the cache is there.
 * The folder is not the default one below the system's temporary folder, where others may put code of theirs.
 */
enableCompileCache(join(import.meta.dirname, 'node_modules', '.cache', 'node-compile-cache'));

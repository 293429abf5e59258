#!/usr/bin/env node
import '../runtime.js';

// What a library warns of is no word of ours, and may quote what it was given.
process.removeAllListeners('warning');

// JavaScript, and imported only now, so that what was compiled and stripped of its types before is there to be used.
const [{ run }, { processIo }] = await Promise.all([import('./main.ts'), import('./process-io.ts')]);
process.exitCode = await run(process.argv.slice(2), processIo());

#!/usr/bin/env node
import '../runtime.js';

// JavaScript, and imported only now, so that what was compiled and stripped of its types before is there to be used.
await import('./main.ts');

#!/usr/bin/env node
const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  console.error(`The local cloud needs Node 24 or later; this is ${process.version}.`);
  process.exit(1);
}

// Imported only now: an older Node would stop at its syntax.
await import('./program.ts');

import { readdirSync } from 'node:fs';

/**
 * `npm run bench -- NAME` runs the measurement bench/NAME.ts and prints its table. Not part of `npm test`: what is
 * measured depends on the machine.
 */
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));
const [name = ''] = process.argv.slice(2);

if (names.includes(name)) {
  await import(new URL(`${name}.ts`, import.meta.url).href);
} else {
  console.error(`Got ${JSON.stringify(name)}. Allowed: npm run bench -- ${names.join(' | ')}`);
  process.exitCode = 2;
}

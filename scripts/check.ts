/**
 * `npm test`: runs every check, one after the other and also after one has failed, shows each one's own progress and
 * its time. Exit code 1 if any failed. `npm test -- PATH…` hands its arguments on to the test runner, which then runs
 * these files only.
 */

import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type Check, checksWith, REPORT_FILE } from './checks.ts';

const root = path.resolve(import.meta.dirname, '..');

// A report of an earlier run must not be taken for this one's.
await rm(path.join(root, REPORT_FILE), { force: true });
const lines: string[] = [];
for (const check of checksWith(process.argv.slice(2))) {
  console.log(`\n> ${check.title}`);
  const begin = performance.now();
  const passed = await run(check);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  lines.push(`${passed ? 'ok    ' : 'FAILED'}  ${check.title} (${seconds} s)`);
  console.log(lines.at(-1));
  if (!passed) process.exitCode = 1;
}
console.log(`\n${lines.join('\n')}`);

function run({ program, args }: Check): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'node_modules', program), ...args], {
      cwd: root,
      stdio: 'inherit',
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
}

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

function bench(...args: readonly string[]) {
  return spawnSync(process.execPath, ['bench/run.ts', ...args], {
    cwd: resolve(import.meta.dirname, '../..'),
    encoding: 'utf8',
    timeout: 100_000,
  });
}

test.each([[], ['nothing'], ['run'], ['../main']])(
  'npm run bench -- %s names what can be measured',
  (...args) => {
    const { status, stdout, stderr } = bench(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`Got ${JSON.stringify(args[0] ?? '')}.`);
    expect(stderr).toMatch(/npm run bench -- all \| docs \| .*\bsynth\b/);
  },
);

test.each(['0', '-1', 'long'])('--seconds=%s is refused', (seconds) => {
  const { status, stdout, stderr } = bench('soak', `--seconds=${seconds}`);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(`Got "${seconds}" for --seconds. Allowed: a number above 0`);
});

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

test.each([[], ['nothing'], ['run'], ['../main']])(
  'npm run bench -- %s names what can be measured',
  (...args) => {
    const root = resolve(import.meta.dirname, '../..');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/run.ts', ...args], {
      cwd: root,
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`Got ${JSON.stringify(args[0] ?? '')}.`);
    expect(stderr).toMatch(/npm run bench -- .*\bsynth\b/);
  },
);

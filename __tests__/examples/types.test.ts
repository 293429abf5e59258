import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

test('the examples have the types of their own secrets', async () => {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const checking = promisify(execFile)(
    process.execPath,
    [compiler, '--noEmit', '--project', path.join(root, 'examples')],
    { cwd: root },
  ).catch(({ stdout }: { stdout: string }) => ({ stdout }));
  expect((await checking).stdout).toBe('');
});

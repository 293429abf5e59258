import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

const listing = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
await import('@cloud-run-identity/secrets');
console.log(JSON.stringify(loaded));`;

it('loads nothing of others when it is imported', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', listing], {
    cwd: root,
  });
  const loaded = (JSON.parse(stdout) as string[]).filter((url) => !url.startsWith('node:'));
  expect(loaded.length).toBeGreaterThan(10);
  expect(loaded.filter((url) => !url.includes('/secrets/'))).toEqual([]);
});

import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Checkout, checkout } from './support/checkout.ts';

let project: Checkout;

beforeAll(async () => {
  project = await checkout();
});

afterAll(() => project?.remove());

async function run(args: readonly string[], environment: Record<string, string> = {}) {
  return project.run(args, environment).ended;
}

test('explains itself', async () => {
  const { code, stdout } = await run(['--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}start .*^ {2}encrypt /ms);
});

test('loads no library of Google to explain itself', async () => {
  const report = `import Module from 'node:module';
    process.on('exit', () => console.log('loaded:', Object.keys(Module._cache).filter((f) => f.includes('google')).length));`;
  const { stdout } = await run(['--help'], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}`,
  });
  expect(stdout).toMatch(/loaded: 0$/m);
});

test.each([
  [[]],
  [['unknown']],
  [['encrypt', '--colour']],
  [['encrypt', 'a', 'b']],
  [['start', 'x']],
  [['encrypt', '--key']],
])('exits with 2 when it is used wrongly: %j', async (args) => {
  const before = await readdir(project.directory);
  const { code, stderr } = await run(args);
  expect(code).toBe(2);
  expect(stderr).not.toBe('');
  expect(await readdir(project.directory)).toEqual(before);
});

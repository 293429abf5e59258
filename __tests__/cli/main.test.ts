import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Checkout, checkout } from './support/checkout.ts';

let project: Checkout;

beforeAll(async () => {
  project = await checkout();
});

afterAll(() => project?.remove());

async function run(args: readonly string[], environment: Record<string, string> = {}) {
  return project.run(args, { environment }).ended;
}

test('explains itself', async () => {
  const { code, stdout } = await run(['--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}start .*^ {2}encrypt /ms);
});

test('says its version', async () => {
  expect(await run(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
});

test('every command names a variable that only looks like a setting', async () => {
  const { stderr } = await run(['local', 'env', '--data', 'nowhere'], { GCP_PROJECT: 'canary' });
  expect(stderr).toMatch(/^Warning: The variable GCP_PROJECT is no setting .* GCP_PROJECT_ID meant\?$/m);
  expect(stderr).not.toContain('canary');
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

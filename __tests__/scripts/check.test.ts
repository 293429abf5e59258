import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { projectDirectory, temporaryDirectory } from '../cli/support/project.ts';

/** A project with nothing wrong. */
const PROJECT = {
  'package.json': '{"type": "module"}\n',
  'tsconfig.json':
    '{"compilerOptions": {"module": "nodenext", "skipLibCheck": true}, "include": ["__tests__"]}\n',
  'biome.json':
    '{"files": {"includes": ["__tests__/**"]}, "javascript": {"formatter": {"quoteStyle": "single", "indentStyle": "space"}}, "json": {"formatter": {"enabled": false}}}\n',
  'vitest.config.ts': "export default { test: { include: ['__tests__/**/*.test.ts'] } };\n",
  '__tests__/one.test.ts':
    "import { expect, test } from 'vitest';\n\ntest('one', () => expect(1).toBe(1));\n",
};
const FAILING = "import { expect, test } from 'vitest';\n\ntest('two', () => expect(1).toBe(2));\n";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeEach(async () => {
  directory = await temporaryDirectory();
  await cp(path.join(projectDirectory, 'scripts'), path.join(directory.path, 'scripts'), { recursive: true });
  await symlink(
    path.join(projectDirectory, 'node_modules'),
    path.join(directory.path, 'node_modules'),
    'junction',
  );
  await mkdir(path.join(directory.path, '__tests__'));
  for (const [file, content] of Object.entries(PROJECT)) await writeSource(file, content);
});

afterEach(() => directory.remove());

async function writeSource(file: string, content: string): Promise<void> {
  await writeFile(path.join(directory.path, file), content);
}

async function run(script: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [path.join('scripts', script), ...args], {
    cwd: directory.path,
    env: { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, output: stdout + stderr };
}

test('all checks pass', async () => {
  const { code, output } = await run('check.ts');
  expect(output).toMatch(/^ok {6}Types .*\nok {6}Lint and format .*\nok {6}Tests /m);
  expect(code).toBe(0);
  expect(await run('test-summary.ts')).toEqual({ code: 0, output: '1 passed, 0 failed\n' });
});

test('every check runs although one before it has failed; what failed is counted, and named with its reason', async () => {
  await writeSource('__tests__/wrong.ts', 'export const wrong: string = 1');
  await writeSource('__tests__/two.test.ts', FAILING);
  await writeSource('__tests__/three.test.ts', "throw new Error('no');\n");
  const { code, output } = await run('check.ts');
  expect(output).toMatch(/^FAILED {2}Types .*\nFAILED {2}Lint and format .*\nFAILED {2}Tests /m);
  expect(code).toBe(1);
  const summary = await run('test-summary.ts');
  expect(summary.code).toBe(1);
  expect(summary.output).toMatch(
    /^FAILED __tests__.two\.test\.ts > .+\n {2}AssertionError: expected 1 to be 2/m,
  );
  expect(summary.output).toMatch(/^FAILED __tests__.three\.test\.ts\n {2}no$/m);
  expect(summary.output).toMatch(/\n1 passed, 2 failed\n$/);
});

test('what stands behind it is for the test runner: only these files run; one failed check is a failure', async () => {
  await writeSource('__tests__/two.test.ts', FAILING);
  await writeSource('__tests__/wrong.ts', 'export const wrong="1"');
  const { code, output } = await run('check.ts', '__tests__/one.test.ts');
  expect(output).toMatch(/^ok {6}Types .*\nFAILED {2}Lint and format .*\nok {6}Tests /m);
  expect(code).toBe(1);
  expect(await run('test-summary.ts')).toEqual({ code: 0, output: '1 passed, 0 failed\n' });
});

test('a test file that cannot be loaded fails, as one that failed', async () => {
  await writeSource('__tests__/two.test.ts', "throw new Error('no');\n");
  expect((await run('check.ts')).code).toBe(1);
  const summary = await run('test-summary.ts');
  expect(summary.code).toBe(1);
  expect(summary.output).toMatch(/^FAILED __tests__.two\.test\.ts\n {2}no\n[\s\S]*1 passed, 1 failed\n$/);
});

test('no test at all fails', async () => {
  await rm(path.join(directory.path, '__tests__', 'one.test.ts'));
  expect((await run('check.ts')).code).toBe(1);
  expect((await run('test-summary.ts')).code).toBe(1);
});

test('a report of an earlier run does not count', async () => {
  const { code, output } = await run('test-summary.ts');
  expect(output).toMatch(/run npm test first/);
  expect(code).toBe(1);
  await mkdir(path.join(directory.path, '.local'));
  await writeSource('.local/test-report.json', '{"numPassedTests":9,"numFailedTests":0,"success":true}');
  await writeSource('vitest.config.ts', "throw new Error('no');\n");
  await run('check.ts');
  expect((await run('test-summary.ts')).code).toBe(1);
});

test('.ci/run runs the second command of the README', async () => {
  const script = await readFile(path.join(projectDirectory, '.ci', 'run'), 'utf8');
  expect(script).toMatch(/^npm ci && npm test$/m);
});

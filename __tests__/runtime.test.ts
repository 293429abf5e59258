import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'compile-cache-'));
  for (const file of ['runtime.js', 'package.json']) {
    cpSync(path.join(root, file), path.join(directory, file));
  }
  writeFileSync(path.join(directory, 'main.ts'), "const text: string = 'ran'; console.log(text);");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs the command of cdktf.json in a checkout whose main.ts only says that it ran. */
function run(environment: Record<string, string> = {}) {
  const { app } = JSON.parse(readFileSync(path.join(root, 'cdktf.json'), 'utf8')) as { app: string };
  const [program, ...args] = app.split(' ');
  expect(program).toBe('node');
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: directory,
    encoding: 'utf8',
    env: { SystemRoot: process.env.SystemRoot, ...environment },
  });
  return { status, stdout, stderr };
}

const DONE = { status: 0, stdout: 'ran\n', stderr: '' };

test('the second synthesis takes from node_modules what the first one compiled', () => {
  expect(run()).toEqual(DONE);
  const { stderr, stdout } = run({ NODE_DEBUG_NATIVE: 'COMPILE_CACHE' });
  const log = stdout + stderr;
  expect(log).toMatch(/retrieving transpile cache for StrippedTypeScript \S+main\.ts\.\.\.success/);
  expect(log).toMatch(/V8 code cache for ESM \S+main\.ts was accepted/);
  expect(log).toContain(path.join('node_modules', '.cache', 'node-compile-cache'));
});

test('a change of a source counts at once', () => {
  run();
  writeFileSync(path.join(directory, 'main.ts'), "const text: string = 'new'; console.log(text);");
  expect(run()).toEqual({ ...DONE, stdout: 'new\n' });
});

test('where the folder cannot be made, everything is compiled each time', () => {
  mkdirSync(path.join(directory, 'node_modules'));
  writeFileSync(path.join(directory, 'node_modules', '.cache'), 'not a folder');
  expect(run()).toEqual(DONE);
});

test('a damaged cache is not believed', () => {
  run();
  const cache = path.join(directory, 'node_modules', '.cache', 'node-compile-cache');
  const files = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(files).not.toEqual([]);
  for (const { parentPath, name } of files) writeFileSync(path.join(parentPath, name), 'damaged');
  expect(run()).toEqual(DONE);
});

test("Node's own variables switch it off", () => {
  expect(run({ NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual(DONE);
  expect(existsSync(path.join(directory, 'node_modules'))).toBe(false);
});

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

/** Makes a Node say that it is an older one. */
const AGED = "Object.defineProperty(process.versions, 'node', { value: '20.20.2' });";

/** The Nodes on the PATH that are too old. */
function olderNodes(): string[] {
  const nodes = (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => realpath(path.join(folder, 'node')));
  return [...new Set(nodes)].filter((node) => {
    if (node === undefined) return false;
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout;
    return /^v(?:1\d|20|22)\./.test(version);
  }) as string[];
}

function realpath(file: string): string | undefined {
  return existsSync(file) ? realpathSync(file) : undefined;
}

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

describe('an older Node', () => {
  const packageJson = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  /** As the system has them; where its Node is new, only what says that it is older. */
  const programs = [
    { node: process.execPath, options: ['--import', `data:text/javascript,${encodeURIComponent(AGED)}`] },
    ...olderNodes().map((node) => ({ node, options: [] })),
  ];
  const entries = Object.values(packageJson.scripts as Record<string, string>)
    .filter((script) => script.startsWith('node '))
    .map((script) => script.split(' ').slice(1));

  test.each(programs)(
    '$node $options is told in one line what is needed, by every script',
    ({ node, options }) => {
      expect(entries.length).toBeGreaterThan(5);
      for (const entry of entries) {
        const { status, stdout, stderr } = spawnSync(node, [...options, ...entry], {
          cwd: root,
          encoding: 'utf8',
        });
        expect([entry, status, stdout, stderr]).toEqual([
          entry,
          1,
          '',
          expect.stringMatching(/^Node 24 or newer is needed, and this is (?:1|20|22)\S*\. Fix: .+\n$/),
        ]);
      }
    },
  );
});

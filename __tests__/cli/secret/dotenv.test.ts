import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'dotenv';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatVariables, parseDotenv } from '../../../cli/secret/dotenv.ts';
import { readAsCompose } from '../../support/compose-env.ts';

/** Files for which every reader is asked, in one process each. */
const FILES = 400;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'dotenv-test-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const read = (text: string) => parseDotenv(text, 'x.env');

/** Values that people and password generators make, with everything that readers stumble over. */
const value = fc.oneof(
  fc.string({ unit: fc.constantFrom(...' \t\n#\'"`$\\{}=&;|<>()~!*?%^@:/.,-aZ0äé€😀'), maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.stringMatching(/^[\w./:@%+,=#$!&-]{0,16}$/),
);
const name = fc
  .stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/)
  .filter(
    (text) =>
      !/^(?:PATH|IFS|PS4|_|PWD|OLDPWD|SHLVL|ENV|HOME|UID|EUID|PPID|SHELL|BASH.*|OPT.*|PS1|PS2)$/.test(text),
  );

/** Lines of .env files, good and bad ones. */
const line = fc
  .tuple(
    fc.constantFrom('', '', 'export ', ' '),
    name,
    fc.constantFrom('=', '=', '=', ' = ', '= '),
    fc.constantFrom('', '', "'", '"', '`'),
    value,
    fc.constantFrom('', '', ' # a comment', '\t# a comment', ' \t# a', ' ', '\t', '#x'),
  )
  .map(
    ([prefix, key, equals, quote, text, rest]) => `${prefix}${key}${equals}${quote}${text}${quote}${rest}`,
  );

function samples<Value>(arbitrary: fc.Arbitrary<Value>, seed: number): Value[] {
  return fc.sample(arbitrary, { numRuns: FILES, seed });
}

const hasPython = spawnSync('python3', ['-c', 'import dotenv'], { stdio: 'ignore' }).status === 0;

/** What a POSIX shell has after it has read each file, all in one process. */
function readByShell(texts: readonly string[]): object[] {
  const files = written(texts);
  const shell = path.join(directory, 'read.sh');
  writeFileSync(shell, files.map((file) => `(set -a; . ${file}; exec env -0; ); printf '\\0\\0'`).join('\n'));
  const output = execFileSync('sh', [shell], { env: {}, maxBuffer: 1e9 }).toString();
  const environments = output.split('\0\0\0').slice(0, files.length);
  return environments.map((text) =>
    Object.fromEntries(text.split('\0').map((entry) => entry.split(/=(.*)/s).slice(0, 2))),
  );
}

function readByPython(texts: readonly string[]): object[] {
  const program = `import sys, json
from dotenv import dotenv_values
print(json.dumps([dotenv_values(file) for file in json.load(sys.stdin)]))`;
  return JSON.parse(
    execFileSync('python3', ['-c', program], {
      input: JSON.stringify(written(texts)),
      stdio: ['pipe', 'pipe', 'ignore'],
    }).toString(),
  );
}

function written(texts: readonly string[]): string[] {
  return texts.map((text, index) => {
    const file = path.join(directory, `${index}.env`);
    writeFileSync(file, text);
    return file;
  });
}

const withoutShellsOwn = (environment: object) =>
  Object.fromEntries(
    Object.entries(environment).filter(([key]) => !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(key)),
  );

/** Files that are taken, each with what is read from it. */
function taken(): { text: string; values: object }[] {
  return samples(fc.array(line, { minLength: 1, maxLength: 3 }), 17)
    .map((lines) => `${lines.join('\n')}\n`)
    .flatMap((text) => {
      try {
        return [{ text, values: read(text) }];
      } catch {
        return [];
      }
    });
}

/** Files that are written, each with what is in it. */
function exported(): { text: string; values: object }[] {
  return samples(fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true }), 18).flatMap((values) => {
    try {
      return [{ text: formatVariables(values, 'env'), values }];
    } catch (error) {
      const [key = ''] = Object.keys(values).filter((one) =>
        (error as Error).message.includes(JSON.stringify(one)),
      );
      expect((error as Error).message).toContain(`cannot hold ${JSON.stringify(key)}`);
      return [];
    }
  });
}

const one = (reader: (text: string) => object) => (texts: readonly string[]) => texts.map(reader);

describe('a .env file', () => {
  test.for([
    { reader: 'this program', readAll: one(read), isHere: true },
    { reader: 'Node', readAll: one(parseEnv), isHere: true },
    { reader: 'dotenv', readAll: one(parse), isHere: true },
    { reader: 'Docker Compose', readAll: one(readAsCompose), isHere: true },
    { reader: 'a shell', readAll: readByShell, isHere: process.platform !== 'win32' },
    { reader: 'python-dotenv', readAll: readByPython, isHere: hasPython },
  ])('that is taken or written is read the same by $reader', ({ readAll, isHere, reader }, { skip }) => {
    if (!isHere) skip(`${reader} is not installed`);
    const files = [...taken(), ...exported()];
    expect(files.length).toBeGreaterThan(FILES / 4 + FILES / 20);
    const readings = readAll(files.map(({ text }) => text));
    files.forEach(({ text, values }, index) => {
      expect([text, withoutShellsOwn(readings[index] ?? {})]).toEqual([text, values]);
    });
  });

  test.each([
    ['a value that begins a comment for Node', 'P=Tr0ub#4dor&3\n', /line 1: the value of P has #/],
    ['a backslash', 'A=1\nP=a\\nb\n', /line 2: the value of P has \\/],
    ['an expansion', 'P="$HOME"\n', /line 1: the value of P in " quotes has \$/],
    ['python-dotenv’s expansion in single quotes', `P='\${HOME}'\n`, /line 1/],
    ['backticks', 'P=`a`\n', /has `/],
    [
      'a comment after a tab, which is the value’s for Docker Compose',
      'P=x\t# canary\n',
      /P has a tab after/,
    ],
    [
      'a carriage return within quotes',
      "A=1\r\nP='1\r\n2'\r\n",
      /line 2: the value of P in ' quotes has a carr/,
    ],
    ['a space', 'P=two words\n', /has a space outside of quotes/],
    ['spaces around the sign', 'P = x\n', /spaces around P: write P=VALUE/],
    ['a quote that is never closed', 'A=1\nP="canary\nB=2\n', /line 2: the value of P has no closing "/],
    ['junk', 'A=1\ncanary\n', /line 2: no KEY=VALUE/],
    ['a key that is no name', 'A-canary=1\n', /line 1: what stands before = is no name/],
    ['a key twice', 'A=canary\n\n# x\nA=2\n', /line 4: A is there already, on line 1/],
    ['what follows a closing quote', "A='x'canary\n", /goes on after its closing '/],
  ])('is refused for %s, with the line and without the value', (_, text, message) => {
    let thrown = '';
    try {
      read(text);
    } catch (error) {
      thrown = (error as Error).message;
    }
    expect(thrown).toMatch(message);
    expect(thrown).toContain('x.env is not read alike');
    expect(thrown).not.toContain('canary');
  });

  test('counts lines through values of several', () => {
    expect(() => read("A='1\n2\n3'\nB=`\n")).toThrow(/line 4: the value of B/);
    expect(read("A='1\n2'\r\nB=x # c\r\n")).toEqual({ A: '1\n2', B: 'x' });
  });
});

describe('other forms', () => {
  test('for a shell hold everything but NUL', () => {
    if (process.platform === 'win32') return;
    const configs = samples(fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true }), 19);
    const shell = readByShell(configs.map((values) => formatVariables(values, 'sh')));
    configs.forEach((values, index) => {
      expect(withoutShellsOwn(shell[index] ?? {})).toEqual(values);
    });
    expect(() => formatVariables({ A: 'canary\0' }, 'sh')).toThrow(/^The form sh cannot hold "A"/);
  });

  test('for docker run --env-file are lines as they are', () => {
    expect(formatVariables({ A: `it's "odd" #$HOME`, B: 5, C: [1, 'x'] }, 'docker')).toBe(
      `A=it's "odd" #$HOME\nB=5\nC=[1,"x"]\n`,
    );
    expect(() => formatVariables({ A: 'two\nlines', 'B C': 'x', D: 'x' }, 'docker')).toThrow(
      'The form docker cannot hold "A", "B C"',
    );
  });
});

/** Answers of Docker Compose that its documentation and the tests of compose-go put on record. */
test.each([
  // docs.docker.com/compose/env-file
  ['VAR=VAL', 'VAL'],
  ['VAR="VAL"', 'VAL'],
  ["VAR='VAL'", 'VAL'],
  ['VAR=VAL # comment', 'VAL'],
  ['VAR=VAL# not a comment', 'VAL# not a comment'],
  ['VAR="VAL # not a comment"', 'VAL # not a comment'],
  ['VAR="VAL" # comment', 'VAL'],
  ["VAR='$OTHER'", '$OTHER'],
  [`VAR='\${OTHER}'`, `\${OTHER}`],
  [String.raw`VAR='Let\'s go!'`, "Let's go!"],
  [String.raw`VAR="{\"hello\": \"json\"}"`, '{"hello": "json"}'],
  [String.raw`VAR="some\tvalue"`, 'some\tvalue'],
  [String.raw`VAR='some\tvalue'`, String.raw`some\tvalue`],
  // compose-go, dotenv/godotenv_test.go
  ['FOO=test\nVAR=$FOO', 'test'],
  [`FOO=test\nVAR=\${FOO}bar`, 'testbar'],
  ['VAR=$FOO', ''],
  ['FOO=test\nVAR="quote $FOO"', 'quote test'],
  [String.raw`VAR="foo\$BAR"`, 'foo$BAR'],
  [`FOO=test\nVAR="foo\\\${FOO} \${FOO}"`, `foo\${FOO} test`],
  ['VAR =bar', 'bar'],
  ['VAR= bar', 'bar'],
  ['VAR: Foo=bar', 'Foo=bar'],
  ['VAR=1:B', '1:B'],
  ['\texport VAR=2', '2'],
  ['VAR=foobar=', 'foobar='],
  ['VAR=bar ', 'bar'],
  [`VAR='ba#r' # comment`, 'ba#r'],
  ['VAR="a\nb"', 'a\nb'],
])('Docker Compose reads %j as %j', (text, expected) => {
  expect(readAsCompose(text).VAR).toBe(expected);
});

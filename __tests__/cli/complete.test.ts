import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectDirectory } from './support/project.ts';
import { runCommand } from './support/run.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'complete-test-'));
  const program = path.join(directory, 'cloud-run-identity');
  const bin = path.join(projectDirectory, 'cli', 'bin.js');
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${bin} "$@"\n`);
  chmodSync(program, 0o755);
  writeFileSync(path.join(directory, 'my config.json'), '{}');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const complete = async (...words: string[]) => {
  const { code, stdout, stderr } = await runCommand(['complete', ...words], {
    cwd: directory,
    environment: {},
  });
  return {
    code,
    stderr,
    words: stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')[0]),
  };
};

describe('what may come next', () => {
  test.each([
    [['ro'], ['rollback', 'rotate', 'rotate-key']],
    [['put', '--dr'], ['--dry-run']],
    [
      ['put', '--format', ''],
      ['json', 'text', 'bytes'],
    ],
    [['put', ''], [':files']],
    [['encrypt', 'config.json', '--out', ''], [':files']],
    [
      ['local', ''],
      ['cloud', 'fault', 'env', 'help'],
    ],
    [['local', 'env', '--format', 'p'], ['powershell']],
    [['exec', '--', ''], [':files']],
    [['get', '--key', ''], ['']],
  ])('after %j is %j', async (words, expected) => {
    expect(await complete('--', ...words)).toEqual({ code: 0, stderr: '', words: expected });
  });

  test('a shell that is not known is not completed for', async () => {
    expect(await complete('csh')).toMatchObject({ code: 2 });
  });
});

describe.skipIf(process.platform === 'win32')('the script', () => {
  /** What bash, without anything of bash-completion, would insert. */
  const bash = (line: string) => {
    const script = `eval "$(cloud-run-identity complete bash)"
      COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _cloud_run_identity; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { PATH: `${directory}:${process.env.PATH}` };
    return execFileSync('bash', ['--norc', '--noprofile', '-c', script], {
      cwd: directory,
      env,
      encoding: 'utf8',
    });
  };

  test('of bash completes commands, options and names of files', () => {
    expect(bash('cloud-run-identity rotate-').trim()).toBe('rotate-key');
    expect(bash('cloud-run-identity put --dry').trim()).toBe('--dry-run');
    expect(bash("cloud-run-identity put 'my'").trim()).toBe('my config.json');
  });
});

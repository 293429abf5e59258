import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..', '..');
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'review-command-')));
const closed = join(directory, 'closed');
const open = join(directory, 'open');
const environment = { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, TEMP: tmpdir() };

function run(script: string, args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [join(root, script), ...args], {
    cwd: directory,
    encoding: 'utf8',
    timeout: 25_000,
    env: { ...environment, ...env },
  });
}

beforeAll(() => {
  run('main.ts', [], { CDKTF_OUTDIR: closed, GCP_PROJECT_ID: 'my-project' });
  run('main.ts', [], { CDKTF_OUTDIR: open, GCP_PROJECT_ID: 'my-project', GCP_PUBLIC: 'true' });
});
afterAll(() => rmSync(directory, { recursive: true }));

const file = (folder: string) => join(folder, 'review', 'review.json');

test.each([
  ['two folders that are alike', closed, closed, 0, 'Nothing differs.'],
  ['two folders, the later one public', closed, open, 3, 'allUsers has roles/run.invoker'],
  ['two files', file(closed), file(open), 3, 'allUsers has roles/run.invoker'],
  ['a folder and a file', closed, file(closed), 0, 'Nothing differs.'],
])('%s', (_, before, after, status, text) => {
  const result = run('scripts/review.ts', ['--against', before, after]);
  expect(result.stderr).toBe('');
  expect(result.status).toBe(status);
  expect(result.stdout).toContain(text);
  expect(result.stdout).not.toContain('\u001b');
});

test('without a later one, the project is synthesized as it is now', () => {
  const now = { GCP_PROJECT_ID: 'my-project' };
  expect(run('scripts/review.ts', ['--against', closed], now).stdout).toContain('Nothing differs.');
  expect(run('scripts/review.ts', ['--against', closed], { ...now, GCP_PUBLIC: 'true' }).status).toBe(3);
});

test('--json is JSON, and --markdown is Markdown', () => {
  const json = run('scripts/review.ts', ['--against', closed, open, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ widened: true });
  expect(json.status).toBe(3);
  const markdown = run('scripts/review.ts', ['--against', closed, open, '--markdown']);
  expect(markdown.stdout).toMatch(/^# Access review: what differs\n/);
});

test.each([
  ['a place with nothing', ['--against', join(directory, 'nothing')], 1, 'There is no review to read at'],
  ['a folder without a review', ['--against', directory], 1, 'npm run synth'],
  ['a file of another kind', ['--against', join(directory, 'other.json'), closed], 1, 'schemaVersion'],
  ['a file that is no JSON', ['--against', join(directory, 'broken.json'), closed], 1, 'is no JSON'],
  ['nothing to compare with', [closed], 2, '--against'],
  ['two formats', ['--against', closed, closed, '--json', '--markdown'], 2, 'cannot be used with'],
])('%s is an error that says so', (_, args, status, message) => {
  writeFileSync(join(directory, 'other.json'), '{"a":1}');
  cpSync(file(closed), join(directory, 'broken.json'));
  writeFileSync(join(directory, 'broken.json'), '{', { flag: 'a' });
  const result = run('scripts/review.ts', args);
  expect(result.status).toBe(status);
  expect(result.stderr).toContain(message);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  expect(result.stdout).toBe('');
});

test('a project that cannot be synthesized is an error with its reason', () => {
  const result = run('scripts/review.ts', ['--against', closed], { GCP_REGION: 'nowhere' });
  expect(result.status).toBe(1);
  expect(result.stderr).toContain('region: got "nowhere"');
});

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from './support/run.ts';

const root = resolve(import.meta.dirname, '..', '..');
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'review-command-')));
const closed = join(directory, 'closed');
const open = join(directory, 'open');
const environment = { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, TEMP: tmpdir() };

function synthesize(folder: string, env: Record<string, string>): void {
  spawnSync(process.execPath, [join(root, 'main.ts')], {
    cwd: directory,
    env: { ...environment, CDKTF_OUTDIR: folder, GCP_PROJECT_ID: 'my-project', ...env },
  });
}

const review = (args: readonly string[], env: Record<string, string> = {}, cwd = directory) =>
  runCommand(['review', ...args], { cwd, environment: { ...environment, ...env } });

beforeAll(() => {
  for (const folder of [closed, open]) mkdirSync(folder);
  synthesize(closed, {});
  synthesize(open, { GCP_PUBLIC: 'true' });
});
afterAll(() => rmSync(directory, { recursive: true }));

const file = (folder: string) => join(folder, 'review', 'review.json');

test.each([
  ['two folders that are alike', closed, closed, 0, 'Nothing differs.'],
  ['two folders, the later one public', closed, open, 3, 'allUsers has roles/run.invoker'],
  ['two reports', file(closed), file(open), 3, 'allUsers has roles/run.invoker'],
])('%s', async (_, before, after, code, text) => {
  const result = await review(['--against', before, after]);
  expect(result).toMatchObject({ code, stderr: '' });
  expect(result.stdout).toContain(text);
  expect(result.stdout).not.toContain('\u001b');
});

test('a folder is read from its stacks, whatever report lies in it', async () => {
  const edited = join(directory, 'edited');
  cpSync(open, edited, { recursive: true });
  cpSync(file(closed), file(edited));
  expect((await review(['--against', closed, edited])).code).toBe(3);
});

test('without a place, the project is synthesized as it is now', async () => {
  const now = { GCP_PROJECT_ID: 'my-project' };
  expect((await review(['--against', closed], now, root)).stdout).toContain('Nothing differs.');
  expect((await review(['--against', closed], { ...now, GCP_PUBLIC: 'true' }, root)).code).toBe(3);
});

test('--json is JSON, and --markdown is Markdown, with and without a difference', async () => {
  const json = await review(['--against', closed, open, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ widened: true });
  expect(JSON.parse((await review([closed, '--json'])).stdout)).toMatchObject({ schemaVersion: 2 });
  const markdown = await review(['--against', closed, open, '--markdown']);
  expect(markdown.stdout).toMatch(/^# Access review: what differs\n/);
  expect((await review([closed, '--markdown'])).stdout).toMatch(/^# Access review: my-project\n/);
});

test('somebody else’s stacks are reviewed, with files for people and for code hosts', async () => {
  const theirs = join(directory, 'theirs');
  mkdirSync(theirs);
  const json = {
    provider: { google: { project: 'their-project' } },
    resource: {
      google_storage_bucket: { uploads: { name: 'their-uploads', location: 'EU' } },
      google_storage_bucket_iam_member: {
        everyone: { bucket: 'their-uploads', role: 'roles/storage.objectViewer', member: 'allUsers' },
      },
    },
  };
  writeFileSync(join(theirs, 'main.tf.json'), JSON.stringify(json, null, 2));
  const { code, stdout, stderr } = await review([theirs, '--sarif', 'out/review.sarif', '--out', 'out']);
  expect(stderr).toBe('');
  expect(code).toBe(4);
  expect(stdout).toContain('access-no-public-principal: allUsers has roles/storage.objectViewer');
  expect(stdout).not.toMatch(/cdktf|npm run|constructs\/|setting/);
  for (const name of ['review.json', 'review.md', 'review.html']) {
    expect(existsSync(join(directory, 'out', name))).toBe(true);
  }
  const [run] = JSON.parse(readFileSync(join(directory, 'out', 'review.sarif'), 'utf8')).runs;
  const found = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === 'access-no-public-principal');
  const { artifactLocation, region } = found.locations[0].physicalLocation;
  expect(artifactLocation.uri).toBe('theirs/main.tf.json');
  const lines = JSON.stringify(json, null, 2).split('\n');
  expect(lines[region.startLine - 1]).toContain('"everyone"');
});

test.each([
  ['a place with nothing', ['--against', join(directory, 'nothing'), closed], 1, 'There is nothing at'],
  ['a folder without Terraform', [join(directory, 'empty')], 1, 'no Terraform JSON in'],
  ['a file of another kind', ['--against', join(directory, 'other.json'), closed], 1, 'is no Terraform JSON'],
  [
    'a report of another version',
    ['--against', join(directory, 'old.json'), closed],
    1,
    'schemaVersion is not 2',
  ],
  ['a file that is no JSON', ['--against', join(directory, 'broken.json'), closed], 1, 'is no JSON'],
  ['a folder in the place of a plan', ['--plan', join(directory, 'other.json')], 1, 'is no plan'],
  ['two formats', ['--against', closed, closed, '--json', '--markdown'], 2, 'cannot be used with'],
])('%s is an error that says so', async (_, args, code, message) => {
  mkdirSync(join(directory, 'empty'), { recursive: true });
  writeFileSync(join(directory, 'other.json'), '{"a":1}');
  writeFileSync(join(directory, 'old.json'), '{"schemaVersion":1}');
  writeFileSync(join(directory, 'broken.json'), '{"a":1}{');
  const result = await review(args);
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(message);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  expect(result.stdout).toBe('');
});

test('a project that cannot be synthesized is an error with its reason', async () => {
  const result = await review(['--against', closed], { GCP_REGION: 'nowhere' }, root);
  expect(result.code).toBe(1);
  expect(result.stderr).toContain('region: got "nowhere"');
});

import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { imageBuildArguments, imageSources, imageSourcesHash } from '../../constructs/image-context.ts';
import { projectDirectory, temporaryDirectory } from '../cli/support/project.ts';
import { copyContext, projectContext } from '../image/support/context.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeEach(async () => {
  directory = await temporaryDirectory();
  await copyContext(directory.path);
});

afterEach(() => directory.remove());

const at = (file: string) => path.join(directory.path, file);

test('the sources of the image are what .dockerignore lets into its context, and .dockerignore', async () => {
  expect(imageSources(projectDirectory)).toEqual([...(await projectContext()), '.dockerignore'].sort());
});

test('the hash is the same for the same sources, wherever they lie', () => {
  expect(imageSourcesHash(directory.path)).toBe(imageSourcesHash(projectDirectory));
});

test.each([
  'service/server.ts',
  'secrets/cipher.ts',
  'service/Dockerfile',
  'package-lock.json',
  '.dockerignore',
])('the hash changes with %s', async (file) => {
  const before = imageSourcesHash(directory.path);
  await appendFile(at(file), '\n');
  expect(imageSourcesHash(directory.path)).not.toBe(before);
});

test('the hash does not change with what stays out of the image', async () => {
  const before = imageSourcesHash(directory.path);
  for (const file of [
    'config.json',
    'cli/main.ts',
    'service/.env',
    'service/node_modules/x.ts',
    'terraform.x.tfstate',
  ]) {
    await mkdir(path.dirname(at(file)), { recursive: true });
    await writeFile(at(file), 'x');
  }
  expect(imageSourcesHash(directory.path)).toBe(before);
});

test('the revision is the last commit of the sources, and says when they were changed since', async () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=n@example.com', ...args], {
      cwd: directory.path,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: directory.path },
    }).trim();
  expect(imageBuildArguments(directory.path).REVISION).toBe('');
  git('init', '--quiet');
  git('add', 'service');
  git('commit', '--quiet', '--message', 'service');
  const commit = git('rev-parse', 'HEAD');
  await writeFile(at('README.md'), 'read');
  git('add', '--all', ':!node_modules');
  git('commit', '--quiet', '--message', 'all');
  const last = git('rev-parse', 'HEAD');
  expect(imageBuildArguments(directory.path).REVISION).toBe(last);
  await appendFile(at('README.md'), 'more');
  git('commit', '--quiet', '--all', '--message', 'readme');
  expect(imageBuildArguments(directory.path).REVISION).toBe(last);
  expect(last).not.toBe(commit);
  await appendFile(at('service/app.ts'), '\n');
  expect(imageBuildArguments(directory.path).REVISION).toBe(`${last}-dirty`);
});

test('version and source come from package.json', async () => {
  const json = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const url = 'https://example.com/repository.git';
  await writeFile(at('package.json'), JSON.stringify({ ...json, version: '1.2.3', repository: { url } }));
  expect(imageBuildArguments(directory.path)).toMatchObject({ VERSION: '1.2.3', SOURCE: url });
});

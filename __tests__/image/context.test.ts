import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectDirectory, temporaryDirectory } from '../cli/support/project.ts';
import { contextFiles, copyContext, projectContext } from './support/context.ts';

/** What must never leave the machine, or is not needed elsewhere. */
const STRAYS = [
  '.env',
  '.env.local',
  '.git/config',
  'config.json',
  'config.enc',
  'config.enc.meta.json',
  'terraform.cloud-run-identity.tfstate',
  'cdktf.out/manifest.json',
  'node_modules/fastify/index.js',
  'cli/main.ts',
  'constructs/roles.ts',
  'scripts/golden.ts',
  'service/.env',
  'service/config.json',
  'service/local.enc',
  'service/page/.git/HEAD',
  'service/node_modules/x/index.ts',
  'secrets/debug.log',
  'secrets/terraform.tfstate.backup',
];

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
  await copyContext(directory.path);
  await rm(path.join(directory.path, 'node_modules'));
  for (const file of STRAYS) {
    await mkdir(path.dirname(path.join(directory.path, file)), { recursive: true });
    await writeFile(path.join(directory.path, file), 'stray');
  }
});

afterAll(() => directory?.remove());

test('holds the lock file, the sources of the service and what bundles them, and nothing else', async () => {
  const files = await projectContext();
  expect(files).toEqual(
    expect.arrayContaining(['.npmrc', 'package.json', 'package-lock.json', 'service/Dockerfile']),
  );
  const others = files.filter(
    (file) => !/^(?:secrets|service|examples|scripts\/bundle)[/.].*\bts$/.test(file),
  );
  expect(others).toEqual([
    '.npmrc',
    'LICENSE',
    'package-lock.json',
    'package.json',
    'secrets/package.json',
    'service/Dockerfile',
  ]);
});

test('holds no secret, no state, no history and no packages, wherever they lie', async () => {
  expect(await contextFiles(directory.path)).toEqual(await projectContext());
});

test('is the same for Cloud Build, which reads the list as Git would', async () => {
  expect(await readFile(path.join(projectDirectory, '.gcloudignore'), 'utf8')).toBe(
    '#!include:.dockerignore\n',
  );
  const repository = await temporaryDirectory();
  const env = { ...process.env, GIT_DIR: repository.path, GIT_WORK_TREE: directory.path };
  const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: directory.path, env });
  await git('init', '--quiet');
  const { stdout } = await git('ls-files', '--others', '--exclude-from=.dockerignore');
  await repository.remove();
  expect(stdout.trim().split('\n').sort()).toEqual(await projectContext());
});

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readStacks } from '../../cli/local/stacks.ts';
import { synthesize } from '../../cli/local/synthesize.ts';
import { type Checkout, checkout } from './support/checkout.ts';

let project: Checkout;

beforeEach(async () => {
  project = await checkout();
});

afterEach(() => project.remove());

function run(environment: Record<string, string> = {}) {
  const outputDirectory = path.join(project.directory, 'ours');
  return synthesize({
    projectDirectory: project.directory,
    outputDirectory,
    environment: { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, ...environment },
  });
}

async function changeProject(change: object): Promise<void> {
  const file = path.join(project.directory, 'cdktf.json');
  const settings = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...settings, ...change }));
}

test('writes what `cdktf synth` writes', async () => {
  const stacks = await run();
  const cdktf = path.join(project.directory, 'node_modules', 'cdktf-cli', 'bundle', 'bin', 'cdktf.js');
  await promisify(execFile)(process.execPath, [cdktf, 'synth', '--output', 'theirs'], {
    cwd: project.directory,
    env: {
      PATH: path.dirname(process.execPath) + path.delimiter + process.env.PATH,
      HOME: path.dirname(project.directory),
      CHECKPOINT_DISABLE: '1',
    },
  });
  expect([...stacks.keys()].toSorted()).toEqual(['cloud-run-identity', 'cloud-run-identity-foundation']);
  for (const { name, json } of stacks.values()) {
    const theirs = path.join(project.directory, 'theirs', 'stacks', name, 'cdk.tf.json');
    expect(json).toEqual(JSON.parse(await readFile(theirs, 'utf8')));
  }
});

test('follows the context of cdktf.json and the environment, and tells the warnings', async () => {
  await changeProject({ context: { projectId: 'of-the-context', keyName: 'my-key' } });
  const stacks = readStacks(await run({ GCP_REGION: 'europe-west1' }));
  expect(stacks).toMatchObject({
    projectId: 'of-the-context',
    region: 'europe-west1',
    key: 'projects/of-the-context/locations/global/keyRings/cloudrun-secrets/cryptoKeys/my-key',
  });
  expect(stacks.service.warnings.join()).toMatch(/config\.enc/);
});

test('reports what the app printed when it fails', async () => {
  await writeFile(path.join(project.directory, 'main.ts'), "console.error('the reason'); process.exit(3);");
  await expect(run()).rejects.toThrow(/^the reason$/);
});

test('reports an app that fails without a word', async () => {
  await writeFile(path.join(project.directory, 'main.ts'), 'process.exit(3);');
  await expect(run()).rejects.toThrow('main.ts ended with exit code 3 and printed nothing');
});

test('reports a cdktf.json that is not JSON', async () => {
  await writeFile(path.join(project.directory, 'cdktf.json'), '{');
  await expect(run()).rejects.toThrow(/cdktf\.json cannot be read as JSON/);
});

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyProject, type ProjectCopy } from './support/project-copy.ts';
import { reference } from './support/synthesize.ts';

let project: ProjectCopy;
beforeEach(() => {
  project = copyProject();
});
afterEach(() => project.remove());

/** Runs main.ts as the CDK's command line does. */
function runMain(context: unknown, environment: Record<string, string> = {}) {
  return spawnSync(process.execPath, ['main.ts'], {
    cwd: project.directory,
    encoding: 'utf8',
    timeout: 100_000,
    env: {
      ...project.environment,
      CDKTF_OUTDIR: project.output,
      CDKTF_CONTEXT_JSON: JSON.stringify(context),
      ...environment,
    },
  });
}

function manifest() {
  return JSON.parse(readFileSync(join(project.output, 'manifest.json'), 'utf8'));
}

function synthesized(stack: string) {
  return JSON.parse(readFileSync(join(project.output, 'stacks', stack, 'cdk.tf.json'), 'utf8'));
}

test('a fresh clone synthesizes two stacks, quietly, with warnings in the manifest, and neither needs the other', () => {
  const { status, stdout, stderr } = runMain({});
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  const { stacks } = manifest();
  expect(Object.keys(stacks).sort()).toEqual(['cloud-run-identity', 'cloud-run-identity-foundation']);
  const messages = stacks['cloud-run-identity'].annotations.map(
    ({ message }: { message: string }) => message,
  );
  expect(messages).toEqual([
    expect.stringContaining('GCP_PROJECT_ID'),
    expect.stringContaining('npx cloud-run-identity encrypt config.json --out config.enc'),
  ]);
  expect(
    Object.values(stacks).flatMap((stack) => (stack as { dependencies: string[] }).dependencies),
  ).toEqual([]);
});

test('context and environment reach the stacks', () => {
  const { status } = runMain(
    { projectId: 'my-project', region: 'europe-west1' },
    { GCP_REGION: 'asia-east1' },
  );
  expect(status).toBe(0);
  for (const stack of ['cloud-run-identity', 'cloud-run-identity-foundation']) {
    expect(synthesized(stack).provider.google).toEqual([{ project: 'my-project', region: 'asia-east1' }]);
  }
});

test('wrong settings print every problem without a stack trace, exit with 1 and write no stack', () => {
  const { status, stdout, stderr } = runMain({ projectId: 'X', pubic: true }, { GCP_REGION: 'nowhere' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  for (const setting of ['projectId', 'pubic', 'region']) expect(stderr).toContain(`  ${setting}: got `);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(existsSync(join(project.output, 'manifest.json'))).toBe(false);
  expect(existsSync(join(project.output, 'stacks', 'cloud-run-identity'))).toBe(false);
});

test("the object's source is where the encrypted file is, even from behind a symbolic link", () => {
  const ciphertext = Buffer.from('0a24001f8b5c', 'hex');
  writeFileSync(join(project.directory, 'other.enc'), ciphertext);
  mkdirSync(join(project.output, 'deeper'), { recursive: true });
  const link = join(project.directory, 'link');
  symlinkSync(join(project.output, 'deeper'), link, 'junction');
  runMain({}, { ENCRYPTED_CONFIG_FILE: 'other.enc', CDKTF_OUTDIR: join(link, 'out') });

  const module = join(realpathSync(link), 'out', 'stacks', 'cloud-run-identity');
  const json = JSON.parse(readFileSync(join(module, 'cdk.tf.json'), 'utf8'));
  const { source } = json.resource.google_storage_bucket_object.config;
  expect(readFileSync(join(source.replace(reference('path.module'), module)))).toEqual(ciphertext);
});

function review(): Record<string, string> {
  const folder = join(project.output, 'review');
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}

test('synthesizing again gives the same bytes, of stacks and review; wrong settings leave them as they are', () => {
  const stack = () =>
    readFileSync(join(project.output, 'stacks', 'cloud-run-identity', 'cdk.tf.json'), 'utf8');
  runMain({ projectId: 'my-project' }, { GCP_REGION: 'europe-west1' });
  const first = { stack: stack(), review: review() };
  expect(Object.keys(first.review).sort()).toEqual([
    'policies.sarif',
    'review.html',
    'review.json',
    'review.md',
  ]);
  for (const text of Object.values(first.review)) expect(text).not.toContain(project.directory);
  runMain({ projectId: 'my-project' }, { GCP_REGION: 'europe-west1' });
  expect({ stack: stack(), review: review() }).toEqual(first);
  expect(runMain({ projectId: 'X' }).status).toBe(1);
  expect(stack()).toBe(first.stack);

  const { settings } = JSON.parse(first.review['review.json'] ?? '');
  expect(settings).toEqual(
    expect.arrayContaining([
      { name: 'projectId', value: 'my-project', source: 'context of cdktf.json' },
      { name: 'region', value: 'europe-west1', source: 'environment variable GCP_REGION' },
      { name: 'keyLocation', value: 'global', source: 'default' },
    ]),
  );
});

test('a policy that does not hold fails the synthesis without a stack trace, and the review shows it', () => {
  const { status, stderr } = runMain({
    projectId: 'my-project',
    strictPolicies: true,
    image: 'example.com/orders:1',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('example.com/orders:1');
  expect(stderr).not.toMatch(/^\s+at /m);
  const { policies } = JSON.parse(review()['review.json'] ?? '');
  const found = policies.flatMap((policy: { findings: { severity: string }[] }) => policy.findings);
  expect(found).toContainEqual(expect.objectContaining({ severity: 'error' }));
});

test('every environment has its own two stacks; one that is chosen is made alone', () => {
  const context = { projectId: 'my-project', environments: { dev: {}, prod: { region: 'europe-west1' } } };
  const [dev, prod] = ['dev', 'prod'].map((name) => [
    `cloud-run-identity-${name}`,
    `cloud-run-identity-foundation-${name}`,
  ]);
  expect(runMain(context)).toMatchObject({ status: 0, stderr: '' });
  expect(Object.keys(manifest().stacks).sort()).toEqual([...(dev ?? []), ...(prod ?? [])].sort());
  expect(synthesized('cloud-run-identity-prod').provider.google[0].region).toBe('europe-west1');
  const { settings } = JSON.parse(review()['review.json'] ?? '');
  expect(settings).toEqual(
    expect.arrayContaining([
      { name: 'dev: region', value: 'us-central1', source: 'default' },
      { name: 'prod: environments.prod.region', value: 'europe-west1', source: 'context of cdktf.json' },
    ]),
  );
  rmSync(project.output, { recursive: true });
  expect(runMain(context, { GCP_ENVIRONMENT: 'prod' }).status).toBe(0);
  expect(Object.keys(manifest().stacks).sort()).toEqual([...(prod ?? [])].sort());
});

import { chmod, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Checkout, checkout } from '../support/checkout.ts';
import type { Outcome, Running } from '../support/run.ts';

const BUCKET = 'sample-project-cloudrun-identity';
const standIn = path.join(import.meta.dirname, 'stand-in.ts');

let project: Checkout;
let cloud: Running;
let terraform: string;

beforeAll(async () => {
  project = await checkout();
  cloud = project.run(['local', 'cloud', '--port', '0']);
  await cloud.output(/listens at (http:\/\/127\.0\.0\.1:\d+)/);
  terraform = path.join(path.dirname(project.directory), 'stand-in');
  await writeFile(terraform, `#!/bin/sh\nexec '${process.execPath}' '${standIn}' "$@"\n`);
  await chmod(terraform, 0o755);
}, 60_000);
afterAll(() => project?.remove());

interface Options {
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

function deploy(args: readonly string[] = [], { environment }: Options = {}): Promise<Outcome> {
  return project.run(['deploy', '--local', '--yes', ...args], {
    environment: { TERRAFORM_BINARY_NAME: terraform, ...environment },
  }).ended;
}

/** Runs an operator's command on the local cloud. */
async function operate(args: readonly string[], { environment, stdin }: Options = {}): Promise<Outcome> {
  const { stdout } = await project.run(['local', 'env', '--json']).ended;
  return project.run(args, {
    environment: { ...JSON.parse(stdout), ...environment },
    ...(stdin !== undefined && { stdin }),
  }).ended;
}

async function password(environment: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr } = await operate(['get', '--key', 'DB_PASS'], { environment });
  return stdout.trim() || stderr;
}

async function put(value: string, environment: Record<string, string> = {}): Promise<void> {
  const config = { DB_HOST: 'h', DB_PORT: '1', DB_USER: 'u', DB_PASS: value };
  expect(await operate(['put', '-'], { stdin: JSON.stringify(config), environment })).toMatchObject({
    code: 0,
    stderr: '',
  });
}

test('a secret that was rotated', async () => {
  const step = async (_: string, action: () => Promise<void>) => action();
  await step('comes from config.json at first', async () => {
    const { code, stdout, stderr } = await deploy();
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\+ added {5}google_kms_key_ring\.key-ring \(cloudrun-secrets\)/);
    expect(stdout).toMatch(/Encrypted config\.json to .*config\.enc with projects\/sample-project\//);
    expect(await password()).toBe('Not-A-Secret');
    await put('rotated-in-june');
  });

  await step('is not touched by a deployment of something else', async () => {
    const { stdout } = await deploy([], { environment: { GCP_MAX_INSTANCES: '4' } });
    expect(stdout).toMatch(/foundation\n {2}nothing changes/);
    expect(stdout).toMatch(/~ changed {3}google_cloud_run_service\.service/);
    expect(stdout).not.toMatch(/\nLost/);
    expect(await password()).toBe('rotated-in-june');
  });

  await step('is not lost with its region: nothing happens unless its bucket is named', async () => {
    const { code, stdout, stderr } = await deploy([], { environment: { GCP_REGION: 'europe-west1' } });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      new RegExp(
        `Lost\\n  gs://${BUCKET} is replaced, because its location changes, with every generation in it\\. It can be restored for 7 days`,
      ),
    );
    expect(stdout).toMatch(new RegExp(`gs://${BUCKET}: 2 generations, live: config\\.enc#\\d+`));
    expect(stderr).toMatch(new RegExp(`Nothing was changed\\. .*--lose ${BUCKET}`));
    expect(await password()).toBe('rotated-in-june');
  });

  await step('goes along to another region once that is confirmed', async () => {
    const environment = { GCP_REGION: 'europe-west1' };
    const { code, stdout, stderr } = await deploy(['--lose', BUCKET], { environment });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      new RegExp(
        `Carried over\\n  gs://${BUCKET}/config\\.enc gets the ciphertext of gs://${BUCKET}/config\\.enc#\\d+`,
      ),
    );
    expect(stdout).toMatch(/± replaced {2}google_storage_bucket_object\.config/);
    expect(await password()).toBe('rotated-in-june');
  });

  await step(
    'goes along to a bucket of another name, and what fails in the middle is finished by the next deployment',
    async () => {
      const environment = { GCP_REGION: 'europe-west1', GCS_BUCKET_NAME: 'sample-project-renamed' };
      const broken = await deploy(['--lose', BUCKET], {
        environment: { ...environment, STAND_IN_FAILS_AFTER_DESTROYING: '1' },
      });
      expect(broken).toMatchObject({ code: 1 });
      expect(broken.stderr).toMatch(/the connection was lost/);
      const { code, stderr } = await deploy([], { environment });
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
      expect(await password(environment)).toBe('rotated-in-june');
    },
  );

  await step('is what is uploaded when somebody has deleted the object', async () => {
    const environment = { GCP_REGION: 'europe-west1', GCS_BUCKET_NAME: 'sample-project-renamed' };
    await put('rotated-in-july', environment);
    const { stdout } = await project.run(['local', 'env', '--json']).ended;
    const { GOOGLE_STORAGE_CUSTOM_ENDPOINT: storage, GOOGLE_OAUTH_ACCESS_TOKEN: token } = JSON.parse(stdout);
    const headers = { authorization: `Bearer ${token}` };
    await fetch(`${storage}b/sample-project-renamed/o/config.enc`, { method: 'DELETE', headers });
    const deployed = await deploy([], { environment });
    expect(deployed.stdout).toMatch(/! google_storage_bucket_object\.config was removed by others/);
    expect(deployed.code).toBe(0);
    expect(await password(environment)).toBe('rotated-in-july');
  });

  await step(
    'is never replaced by an older one, when bucket and state are gone: the key remembers it',
    async () => {
      const environment = { GCP_REGION: 'europe-west1', GCS_BUCKET_NAME: 'sample-project-renamed' };
      await put('rotated-in-august', environment);
      const { stdout } = await project.run(['local', 'env', '--json']).ended;
      const { GOOGLE_STORAGE_CUSTOM_ENDPOINT: storage, GOOGLE_OAUTH_ACCESS_TOKEN: token } =
        JSON.parse(stdout);
      const headers = { authorization: `Bearer ${token}` };
      const bucket = `${storage}b/sample-project-renamed`;
      const listed = await fetch(`${bucket}/o?versions=true`, { headers });
      const { items } = (await listed.json()) as { items: { name: string; generation: string }[] };
      for (const { name, generation } of items) {
        await fetch(`${bucket}/o/${name}?generation=${generation}`, { method: 'DELETE', headers });
      }
      expect((await fetch(bucket, { method: 'DELETE', headers })).status).toBe(204);
      await rm(path.join(project.directory, '.local/cloud/terraform.cloud-run-identity.tfstate'));
      const { code, stderr } = await deploy([], { environment });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /The newest config of gs:\/\/sample-project-renamed\/config\.enc is generation \d+ \(fingerprint [0-9a-f]{8}\), by a label of its key, and it is not to be had/,
      );
      expect((await fetch(bucket, { headers })).status).toBe(404);

      // From a clean checkout, config.json is not taken for the first config either.
      await rm(path.join(project.directory, '.local/cloud/config.enc'));
      expect((await deploy([], { environment })).stderr).toMatch(/it is not to be had/);
    },
  );
}, 300_000);

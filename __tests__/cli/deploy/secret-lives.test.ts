import { chmod, cp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientEnvironment } from '../../../emulator/client-environment.ts';
import { startLocalCloud } from '../../../emulator/cloud.ts';
import { pipelineCommands } from '../../support/pipelines.ts';
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
  // What needs no Node starts none: a deployment asks eight times.
  await writeFile(
    terraform,
    `#!/bin/sh
case "$1" in
  version) echo 'Terraform v1.11.4' ;;
  init) ;;
  show) for file; do :; done; cat "$file" ;;
  *) exec '${process.execPath}' '${standIn}' "$@" ;;
esac
`,
  );
  await chmod(terraform, 0o755);
});
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

  await step('stays where it is when the region moves, and nothing is lost', async () => {
    const { code, stdout, stderr } = await deploy([], { environment: { GCP_REGION: 'europe-west1' } });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /± replaced {2}google_cloud_run_service\.service .*location us-central1 → europe-west1/,
    );
    expect(stdout).not.toMatch(/google_storage_bucket\.bucket|\nLost/);
    expect(await password()).toBe('rotated-in-june');
  });

  await step('is not lost with the name of its bucket: nothing happens', async () => {
    const environment = { GCS_BUCKET_NAME: 'sample-project-renamed' };
    const { code, stderr } = await deploy(['--lose', BUCKET], { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(/it holds the live secrets/);
    expect(await password()).toBe('rotated-in-june');
  });

  await step('goes along to another object, also when the first try fails in the middle', async () => {
    const environment = { GCP_REGION: 'europe-west1', GCS_OBJECT_NAME: 'renamed.enc' };
    const broken = await deploy([], { environment: { ...environment, STAND_IN_FAILS_IN_THE_MIDDLE: '1' } });
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringMatching(/the connection was lost/) });
    expect(broken.stdout).toMatch(
      new RegExp(
        `Carried over\\n  gs://${BUCKET}/renamed\\.enc gets the ciphertext of gs://${BUCKET}/config\\.enc#\\d+`,
      ),
    );
    const { code, stderr } = await deploy([], { environment });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(await password(environment)).toBe('rotated-in-june');
  });

  const environment = { GCP_REGION: 'europe-west1', GCS_OBJECT_NAME: 'renamed.enc' };
  const ask = async (method: string, place: string) => {
    const { stdout } = await project.run(['local', 'env', '--json']).ended;
    const { GOOGLE_STORAGE_CUSTOM_ENDPOINT: storage, GOOGLE_OAUTH_ACCESS_TOKEN: token } = JSON.parse(stdout);
    return fetch(`${storage}b/${BUCKET}${place}`, { method, headers: { authorization: `Bearer ${token}` } });
  };

  await step('is what is uploaded when somebody has deleted the object', async () => {
    await put('rotated-in-july', environment);
    await ask('DELETE', '/o/renamed.enc');
    const deployed = await deploy([], { environment });
    expect(deployed.stdout).toMatch(/! google_storage_bucket_object\.config was removed by others/);
    expect(deployed.code).toBe(0);
    expect(await password(environment)).toBe('rotated-in-july');
  });

  await step(
    'is never replaced by an older one, when bucket and state are gone: the key remembers it',
    async () => {
      await put('rotated-in-august', environment);
      const { items } = (await (await ask('GET', '/o?versions=true')).json()) as {
        items: { name: string; generation: string }[];
      };
      for (const { name, generation } of items) await ask('DELETE', `/o/${name}?generation=${generation}`);
      expect((await ask('DELETE', '')).status).toBe(204);
      const local = path.join(project.directory, '.local', 'cloud');
      await rm(path.join(local, 'sample-project', 'terraform.cloud-run-identity.tfstate'));
      const { code, stderr } = await deploy([], { environment });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /The newest config of gs:\/\/[\w-]+\/renamed\.enc is generation \d+ \(fingerprint [0-9a-f]{8}\), by a label of its key, and it is not to be had/,
      );
      expect((await ask('GET', '')).status).toBe(404);

      // From a clean checkout, config.json is not taken for the first config either.
      await rm(path.join(local, 'config.enc'));
      expect((await deploy([], { environment })).stderr).toMatch(/it is not to be had/);
    },
  );
}, 300_000);

test('two projects from one checkout keep their secrets, and only what widens access needs a word', async () => {
  const server = path.join(project.directory, 'service', 'server.ts');
  const images = { '*': { command: [process.execPath, server] } as const };
  const clouds = await Promise.all(
    ['first-project', 'second-project'].map((projectId) => startLocalCloud({ projectId, images })),
  );
  try {
    const runs = clouds.map((one) => {
      const region = 'us-central1';
      const principal = { member: one.owner, accessToken: one.tokenFor(one.owner), endpoint: one.url };
      const environment = {
        ...clientEnvironment({ url: one.url, projectId: one.projectId, region, principal }),
        TERRAFORM_BINARY_NAME: terraform,
      };
      return (args: readonly string[], stdin = '', more: Record<string, string> = {}) =>
        project.run(args, { environment: { ...environment, ...more }, stdin }).ended;
    });
    for (const [index, run] of runs.entries()) {
      const { code, stdout, stderr } = await run(['deploy', '--yes', '--widen']);
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/\+ serviceAccount:cloud-run-identity@\S+ can read the secret \S+config\.enc, /);
      const config = { DB_HOST: 'h', DB_PORT: '1', DB_USER: 'u', DB_PASS: `of-${index}` };
      expect(await run(['put', '-'], JSON.stringify(config))).toMatchObject({ code: 0 });
    }
    const passwords = await Promise.all(runs.map((run) => run(['get', '--key', 'DB_PASS'])));
    expect(passwords.map(({ stdout }) => stdout.trim())).toEqual(['of-0', 'of-1']);

    const [run] = runs;
    // A pipeline deploys what was approved, to the byte.
    const approved = { GCP_TIMEOUT_SECONDS: '61' };
    expect(await run?.(['review', '--out', 'review'], '', approved)).toMatchObject({ code: 0 });
    await cp(
      path.join(project.directory, 'review', 'review.json'),
      path.join(project.directory, 'approved.json'),
    );
    const lines = new Set(pipelineCommands().map(([, args]) => args));
    const [deployLine = '', another = ''] = [...lines].filter((line) => line.startsWith('deploy'));
    const refused = await run?.(another.split(' '), '', { GCP_TIMEOUT_SECONDS: '62' });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused?.stderr).toMatch(
      /is not what \S+review\.json approves:\n {2}cloud-run-identity: approved [0-9a-f]{12}, now [0-9a-f]{12}\n {2}~ google_cloud_run_service\.service changed \(cloud-run-identity\)\n {6}template\S*timeout_seconds: 61 → 62\nReview it again/,
    );
    const slower = await run?.(deployLine.split(' '), '', approved);
    expect(slower).toMatchObject({ code: 0, stdout: expect.stringMatching(/~ changed .*service \(/) });
    expect([...lines].filter((line) => line.startsWith('verify'))).toEqual(['verify']);
    expect(await run?.(['verify'], '', approved)).toMatchObject({ code: 0 });
    const open = await run?.(['deploy', '--yes'], '', { GCP_TIMEOUT_SECONDS: '61', GCP_PUBLIC: 'true' });
    expect(open).toMatchObject({ code: 1, stderr: expect.stringMatching(/beforehand: --widen\n$/) });
    const gone = await runs[1]?.(['destroy', '--yes']);
    expect(gone).toMatchObject({ code: 0 });
    for (const words of [
      /- destroyed google_storage_bucket\.bucket/,
      /\nLost\n[\s\S]* {2}gs:\/\/second-project-cloudrun-identity is destroyed, with every generation in it\. It can be restored for 7 days .*then it is lost for good\./,
      /another principal\. It can be restored for 30 days/,
      /\nKept: the keys[\s\S]*config\.enc has the ciphertext of /,
    ]) {
      expect(gone?.stdout).toMatch(words);
    }
    expect((await run?.(['get', '--key', 'DB_PASS']))?.stdout.trim()).toBe('of-0');
    expect(open?.stdout).toMatch(/\+ allUsers has roles\/run\.invoker on Cloud Run service/);
  } finally {
    await Promise.all(clouds.map((one) => one.close()));
  }
}, 120_000);

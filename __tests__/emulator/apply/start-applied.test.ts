// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Terraform evaluates these.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type Applied,
  type JsonObject,
  type LocalCloud,
  type ReadyFile,
  startLocalCloud,
} from '@cloud-run-identity/local-cloud';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';

const project = 'applied-project';
const provider = { google: [{ project, region: 'europe-west1' }] };
const member = `serviceAccount:worker@${project}.iam.gserviceaccount.com`;
/** A foundation, and a stack that takes a key from it as cdktf writes it. */
const foundation = {
  provider,
  resource: {
    google_kms_key_ring: { ring: { name: 'ring', location: 'global' } },
    google_kms_crypto_key: { key: { name: 'key', key_ring: '${google_kms_key_ring.ring.id}' } },
  },
  output: { 'cross-stack-output-google_kms_crypto_keykeyid': { value: '${google_kms_crypto_key.key.id}' } },
};
const state = 'cross-stack-reference-input-foundation';
const key = `\${data.terraform_remote_state.${state}.outputs.cross-stack-output-google_kms_crypto_keykeyid}`;
const app = {
  provider,
  data: {
    terraform_remote_state: { [state]: { backend: 'local', config: { path: '${path.module}/x.tfstate' } } },
  },
  resource: {
    google_service_account: { worker: { account_id: 'worker' } },
    google_kms_crypto_key_iam_member: {
      worker: {
        crypto_key_id: key,
        role: 'roles/cloudkms.cryptoKeyEncrypter',
        member: '${google_service_account.worker.member}',
      },
    },
    google_cloud_run_service: {
      app: {
        name: 'app',
        location: 'europe-west1',
        template: {
          spec: {
            service_account_name: '${google_service_account.worker.email}',
            containers: [{ image: 'europe-docker.pkg.dev/p/r/i:1' }],
          },
        },
        traffic: [{ percent: 100, latest_revision: true }],
      },
    },
  },
  output: { url: { value: '${google_cloud_run_service.app.status[0].url}' }, key: { value: key } },
};
const keyName = `projects/${project}/locations/global/keyRings/ring/cryptoKeys/key`;

let directory: string;
let cloud: LocalCloud | undefined;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'local-cloud-apply-'));
});
afterEach(async () => {
  await cloud?.stop();
  cloud = undefined;
  await rm(directory, { recursive: true });
});

/** Writes stacks as `cdktf synth` does. */
async function synthesized(stacks: Readonly<Record<string, JsonObject>>): Promise<string> {
  const entries = Object.keys(stacks).map((name) => {
    return [name, { name, synthesizedStackPath: `stacks/${name}/cdk.tf.json`, dependencies: [] }];
  });
  for (const [name, stack] of Object.entries(stacks)) {
    await mkdir(path.join(directory, 'stacks', name), { recursive: true });
    await writeFile(path.join(directory, 'stacks', name, 'cdk.tf.json'), JSON.stringify(stack));
  }
  await writeFile(
    path.join(directory, 'manifest.json'),
    JSON.stringify({ stacks: Object.fromEntries(entries) }),
  );
  return directory;
}

it('applies a synthesis in the order that its values need, and takes project and region from it', async () => {
  cloud = await startLocalCloud({ apply: await synthesized({ app, foundation }) });
  expect(cloud.projectId).toBe(project);
  expect([...cloud.applied.keys()]).toEqual(['foundation', 'app']);
  const { url, key } = (cloud.applied.get('app') as Applied).outputs as { url: string; key: string };
  expect(key).toBe(keyName);
  const token = await cloud.as(cloud.owner).identityToken(url);
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  expect([answer.status, await answer.text()]).toEqual([200, 'stand-in of the local cloud\n']);
});

it("makes Google's clients those of a principal", async () => {
  cloud = await startLocalCloud({ apply: await synthesized({ app, foundation }) });
  const kms = new KeyManagementServiceClient(cloud.as(member).kms);
  const [{ ciphertext }] = await kms.encrypt({ name: keyName, plaintext: Buffer.from('text') });
  await expect(kms.decrypt({ name: keyName, ciphertext: ciphertext ?? '' })).rejects.toThrow(/useToDecrypt/);
  const owner = new KeyManagementServiceClient(cloud.as(cloud.owner).kms);
  const [{ plaintext }] = await owner.decrypt({ name: keyName, ciphertext: ciphertext ?? '' });
  expect(String(plaintext)).toBe('text');
  await expect(new Storage(cloud.as(member).storage).getBuckets()).rejects.toThrow(/storage\.buckets\.list/);
  await Promise.all([kms.close(), owner.close()]);
});

it('is a principal without a token only at an address that was told', async () => {
  cloud = await startLocalCloud();
  const { apiEndpoint } = cloud.as(cloud.owner).storage;
  const list = (base: string) => fetch(`${base}/storage/v1/b?project=local-project`);
  expect((await list(apiEndpoint)).status).toBe(200);
  expect((await list(`${apiEndpoint}x`)).status).toBe(404);
  expect((await list(cloud.url)).status).toBe(401);
});

it('applies what enables APIs before what uses them, and has no other API on', async () => {
  const project_service = { google_project_service: { kms: { service: 'cloudkms.googleapis.com' } } };
  const apis = { provider, resource: project_service };
  const ring = { provider, resource: { google_kms_key_ring: foundation.resource.google_kms_key_ring } };
  cloud = await startLocalCloud({ apply: await synthesized({ a_ring: ring, b_apis: apis }) });
  expect([...cloud.applied.keys()]).toEqual(['b_apis', 'a_ring']);
  await expect(new Storage(cloud.as(cloud.owner).storage).getBuckets()).rejects.toThrow(/has not been used/);
});

it('applies more later, and what was parsed already', async () => {
  cloud = await startLocalCloud({ apply: [foundation, { ...app, data: {}, resource: {}, output: {} }] });
  const bucket = { name: 'later-bucket', location: 'US', uniform_bucket_level_access: true };
  await cloud.apply({ provider, resource: { google_storage_bucket: { b: bucket } } });
  const [buckets] = await new Storage(cloud.as(cloud.owner).storage).getBuckets();
  expect(buckets.map(({ name }) => name)).toEqual(['later-bucket']);
});

it('tells programs of other languages when it is ready, and how to be which principal', async () => {
  const readyFile = path.join(directory, 'ready.json');
  cloud = await startLocalCloud({ apply: await synthesized({ app, foundation }), readyFile });
  const ready = JSON.parse(await readFile(readyFile, 'utf8')) as ReadyFile;
  expect(ready).toMatchObject({
    url: cloud.url,
    projectId: project,
    region: 'europe-west1',
    owner: cloud.owner,
  });
  expect(ready.outputs.app).toEqual(cloud.applied.get('app')?.outputs);
  expect(Object.keys(ready.principals)).toEqual([cloud.owner, member]);
  expect(ready.principals[member]?.environment).toMatchObject({
    GOOGLE_CLOUD_PROJECT: project,
    GCE_METADATA_HOST: await cloud.metadataServerFor(`worker@${project}.iam.gserviceaccount.com`),
  });
  if (process.platform !== 'win32') expect((await stat(readyFile)).mode & 0o777).toBe(0o600);
  await cloud.stop();
  expect(existsSync(readyFile)).toBe(false);
});

const other = { ...foundation, provider: { google: [{ project: 'other-project' }] } };
it.each([
  ['of several projects', { foundation, other }, /projects applied-project, other-project.*holds one/s],
  ['whose other stack is missing', { app }, /the stack foundation was not applied before/],
  [
    'of stacks that need each other',
    {
      app,
      foundation: {
        ...foundation,
        data: { terraform_remote_state: { 'cross-stack-reference-input-app': {} } },
      },
    },
    /app -> foundation -> app/,
  ],
  [
    'with data that it does not know',
    { app: { ...app, data: { ...app.data, google_dns_keys: { k: {} } } } },
    /data\.google_dns_keys\.k: unknown resource type/,
  ],
])('refuses a synthesis %s', async (_what, stacks, message) => {
  await expect(startLocalCloud({ apply: await synthesized(stacks) })).rejects.toThrow(message);
});

it.each(['cdktf', 'cdktn'])(
  'says what a folder without a synthesis lacks, where %s is installed',
  async (kit) => {
    await mkdir(path.join(directory, 'node_modules', '.bin'), { recursive: true });
    await writeFile(path.join(directory, 'node_modules', '.bin', kit), '');
    const folder = path.join(directory, 'cdktf.out');
    await expect(startLocalCloud({ apply: folder })).rejects.toThrow(`Make one: npx ${kit} synth`);
  },
);

import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { App, TerraformStack, Testing } from 'cdktf';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toTheEnd, untilBroken } from '../../../cli/checks/check.ts';
import type { Deployment } from '../../../cli/checks/deployment.ts';
import { CHAIN, chainOf } from '../../../cli/checks/doctor.ts';
import { PROOFS, proofsOf } from '../../../cli/checks/verify.ts';
import { encryptConfig } from '../../../cli/commands/encrypt.ts';
import { CloudRunService } from '../../../constructs/cloud-run-service.ts';
import { EncryptedObject } from '../../../constructs/encrypted-object.ts';
import { EncryptionKey } from '../../../constructs/encryption-key.ts';
import { GkePlatform } from '../../../constructs/gke/platform.ts';
import { useGoogleProject } from '../../../constructs/google-project.ts';
import { KeyRing } from '../../../constructs/key-ring.ts';
import { PrivateBucket } from '../../../constructs/private-bucket.ts';
import { ServiceIdentity } from '../../../constructs/service-identity.ts';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { encrypt } from '../../../secrets/cipher.ts';
import { type GoogleClients, googleClients } from '../../../secrets/clients.ts';
import { endpointVariables } from '../../cli/checks/support.ts';
import { sampleSchemaFile } from '../../cli/support/project.ts';
import { patience } from '../../support/patience.ts';
import { call } from '../support.ts';

const projectId = 'demo-project';
const keyId = `projects/${projectId}/locations/global/keyRings/secrets/cryptoKeys/orders`;
const bucketName = `${projectId}-secrets`;
const email = `orders-identity@${projectId}.iam.gserviceaccount.com`;
const account = `/iam/v1/v1/projects/${projectId}/serviceAccounts/${email}`;
const server = path.join(import.meta.dirname, '..', '..', '..', 'service', 'server.ts');

const config = (host: string) => ({
  DB_HOST: host,
  DB_PORT: '5432',
  DB_USER: 'orders',
  DB_PASS: 'pass-word',
});

let cloud: LocalCloud;
let owner: GoogleClients;
let runUrl: string;
let podUrl: string;
/** What the instances wrote, by the name of their service. */
const logs = new Map<string, string[]>();

beforeAll(async () => {
  cloud = await startLocalCloud({
    projectId,
    images: { '*': { command: [process.execPath, server] } },
    onLog: ({ service, line }) => logs.set(service, [...(logs.get(service) ?? []), line]),
  });
  owner = await googleClients({ endpoint: cloud.url, accessToken: cloud.tokenFor(cloud.owner) });
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'workload-')));
  const stackOf = (name: string, build: (stack: TerraformStack) => void) => {
    const app = new App({ outdir: path.join(directory, 'cdktf.out') });
    const stack = new TerraformStack(app, name);
    useGoogleProject(stack, { projectId, region: 'us-central1' });
    build(stack);
    mkdirSync(path.join(app.outdir, 'stacks', name), { recursive: true });
    return JSON.parse(Testing.synth(stack, true));
  };
  await cloud.apply(
    stackOf('keys', (stack) => {
      const ring = new KeyRing(stack, 'ring', { name: 'secrets', location: 'global' });
      ring.addKey('orders', { name: 'orders' });
    }),
  );
  const encryptedFile = path.join(directory, 'orders.enc');
  const plaintext = Buffer.from(JSON.stringify(config('first.example.com')));
  await encryptConfig({ plaintext, key: keyId, encryptedFile, clients: owner });
  const stack = stackOf('services', (built) => addServices(built, encryptedFile));
  // Applied as parsed JSON, so that paths are taken from the working directory.
  stack.resource.google_storage_bucket_object.config.source = encryptedFile;
  const applied = (await cloud.apply(stack)).get('stack');
  const run = applied?.resources.get('google_cloud_run_service.run') as { status: [{ url: string }] };
  runUrl = run.status[0].url;
  podUrl = await cloud.kubernetesServiceUrl('shop', 'orders');
  rmSync(directory, { recursive: true });
});
afterAll(() => cloud?.close());

/** One secret, one identity: a Cloud Run service and a workload on GKE. */
function addServices(stack: TerraformStack, encryptedFile: string): void {
  const identity = new ServiceIdentity(stack, 'identity', {
    accountId: 'orders-identity',
    displayName: 'Orders',
    projectId,
  });
  const bucket = new PrivateBucket(stack, 'bucket', {
    name: bucketName,
    projectId,
    location: 'us-central1',
  });
  const key = new EncryptionKey(stack, 'key', { keyId });
  const object = new EncryptedObject(stack, 'config', {
    bucket,
    objectName: 'orders.enc',
    key,
    encryptedFile,
  });
  const grants = [key.grantDecrypt(identity), object.grantRead(identity)];
  const service = {
    image: `us-central1-docker.pkg.dev/${projectId}/repo/orders:1`,
    identity,
    environment: {
      BUCKET_NAME: bucket.bucketName,
      OBJECT_NAME: 'orders.enc',
      KMS_KEY_ID: keyId,
      RELOAD_SECONDS: '1',
    },
    dependsOn: [...grants, object.resource],
    maxInstances: 2,
  };
  new CloudRunService(stack, 'run', { ...service, name: 'orders-run', location: 'us-central1' });
  const gke = new GkePlatform(stack, 'gke', { projectId, location: 'us-central1', name: 'main' });
  gke.in('shop').addService(stack, 'pods', { ...service, name: 'orders', minInstances: 1 });
}

async function pageOf(url: string): Promise<string> {
  const token = await cloud.identityTokenFor(cloud.owner, url);
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return (await response.text()).replace(/<[^>]+>/g, '');
}

/** Asks both again and again, since what is due is done in a request. */
async function bothUntil(isThere: (run: string, pod: string) => boolean): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const [run, pod] = await Promise.all([pageOf(runUrl), pageOf(podUrl)]);
    if (isThere(run, pod)) return;
    if (attempt === 1_000) throw new Error(`still not: ${run}\n${pod}`);
    await sleep(100);
  }
}

/** Takes a member out of a policy. @returns what puts it back */
async function withoutMember(get: string, set: string, role: string, isGet = true) {
  const { body: before } = await call(cloud, isGet ? 'GET' : 'POST', get);
  const bindings = before.bindings.filter((binding: { role: string }) => binding.role !== role);
  expect(bindings).toHaveLength(before.bindings.length - 1);
  const write = async (policy: object) => {
    const body = set.includes('/storage/') ? policy : { policy };
    const method = set.includes('/storage/') ? 'PUT' : 'POST';
    expect((await call(cloud, method, set, { body })).status).toBe(200);
  };
  const { etag: _, ...policy } = before;
  await write({ ...policy, bindings });
  return () => write(policy);
}

/** The first message of a failed look for the secret since a line, without what differs from process to process. */
async function failureOf(service: string, since: number): Promise<string> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    await pageOf(service === 'orders' ? podUrl : runUrl);
    const lines = (logs.get(service) ?? []).slice(since);
    const failed = lines
      .map((line) => (line.startsWith('{') ? JSON.parse(line) : {}))
      .find(({ severity }) => ['ERROR', 'WARNING'].includes(severity));
    if (failed) return String(failed.message);
    await sleep(100);
  }
  throw new Error(`${service} did not fail`);
}

it('decrypts under the identity that its Kubernetes service account acts as', async () => {
  const page = await pageOf(podUrl);
  expect(page).toContain(email);
  expect(page).not.toContain('pass-word');
  const used = cloud
    .auditLog()
    .filter(({ permission }) => permission === 'iam.serviceAccounts.getAccessToken');
  const pool = `iam.googleapis.com/projects/${cloud.projectNumber}/locations/global/workloadIdentityPools`;
  expect(used.map(({ member }) => member)).toContain(
    `principal://${pool}/${projectId}.svc.id.goog/subject/ns/shop/sa/orders`,
  );
});

/** What verify and doctor look at, asked as the owner. */
async function declaredDeployment(change: Partial<Deployment['declared']> = {}): Promise<Deployment> {
  const url = await cloud.kubernetesUrl();
  const headers = { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}` };
  return {
    clients: owner,
    environment: { ...endpointVariables(cloud), SECRET_SCHEMA: sampleSchemaFile },
    cwd: tmpdir(),
    kubernetes: async (path) => {
      const answer = await fetch(`${url}${path}`, { headers });
      return { status: answer.status, text: await answer.text() };
    },
    declared: {
      name: 'orders',
      workload: { namespace: 'shop', cluster: '', kubeContext: undefined },
      projectId,
      region: 'us-central1',
      identity: email,
      isPublic: false,
      secret: 'config',
      format: 'json',
      bucket: bucketName,
      object: 'orders.enc',
      key: keyId,
      encryptedFile: 'orders.enc',
      ...change,
    },
  };
}

it('is verified as a service on Cloud Run is, by way of the API server', async () => {
  const proven = await declaredDeployment();
  const findings = await toTheEnd(proofsOf(proven), proven);
  // Nothing was written by the commands, which note both.
  expect(findings.filter(({ state }) => state !== 'holds').map(({ check, state }) => [check, state])).toEqual(
    [
      ['no older config has gone live', 'not proven'],
      ['no value is older than the schema allows', 'not proven'],
    ],
  );
  expect(findings.map(({ check }) => check)).toEqual(PROOFS.map(({ name }) => name));
  const chain = await untilBroken(chainOf(proven), proven);
  expect(chain.filter(({ state }) => state === 'broken')).toEqual([]);
  expect(chain.map(({ check }) => check)).toEqual(CHAIN.map(({ name }) => name));
});

it.each<[string, Partial<Deployment['declared']>, string]>([
  ['another identity', { identity: `another@${projectId}.iam.gserviceaccount.com` }, 'it says so itself'],
  ['another key', { key: `${keyId}2` }, 'it runs as its own identity, with its own key and object'],
  [
    'another namespace',
    { workload: { namespace: 'none', cluster: '', kubeContext: undefined } },
    'the newest revision serves',
  ],
])('%s than what is deployed is said', async (_, change, claim) => {
  const declared = await declaredDeployment(change);
  const findings = await toTheEnd(proofsOf(declared), declared);
  expect(findings.find(({ check }) => check === claim)?.state).toBe('broken');
});

it('reads the same secret as the Cloud Run service, and both follow its rotation', async () => {
  const host = `${crypto.randomUUID()}.example.com`;
  const { ciphertext } = await encrypt(owner, keyId, Buffer.from(JSON.stringify(config(host))));
  await owner.storage.bucket(bucketName).file('orders.enc').save(ciphertext, { resumable: false });
  await bothUntil((run, pod) => run.includes(host) && pod.includes(host));
});

it.each([
  [
    'the key',
    () =>
      withoutMember(
        `/kms/v1/${keyId}:getIamPolicy?options.requestedPolicyVersion=3`,
        `/kms/v1/${keyId}:setIamPolicy`,
        'roles/cloudkms.cryptoKeyDecrypter',
      ),
    true,
  ],
  [
    'the object',
    () =>
      withoutMember(
        `/storage/v1/b/${bucketName}/iam?optionsRequestedPolicyVersion=3`,
        `/storage/v1/b/${bucketName}/iam`,
        'roles/storage.objectViewer',
      ),
    false,
  ],
])(
  'without its grant on %s it says the same as on Cloud Run',
  async (_, take, isOnlyForNew) => {
    const since = new Map([...logs].map(([service, lines]) => [service, lines.length]));
    const giveBack = await take();
    try {
      if (isOnlyForNew) {
        // What is decrypted stays so: a new generation has to be decrypted anew.
        const [bytes] = await owner.storage.bucket(bucketName).file('orders.enc').download();
        await owner.storage.bucket(bucketName).file('orders.enc').save(bytes, { resumable: false });
      }
      const [pod, run] = await Promise.all(
        ['orders', 'orders-run'].map((service) => failureOf(service, since.get(service) ?? 0)),
      );
      expect(pod).toBe(run);
      expect(pod).toContain(email);
    } finally {
      await giveBack();
    }
  },
  30_000,
);

/** The Deployment of the workload: what it is, and changes of its template. */
async function deployment(template?: object) {
  const headers = {
    authorization: `Bearer ${cloud.tokenFor(cloud.owner)}`,
    'content-type': 'application/merge-patch+json',
  };
  const url = `${await cloud.kubernetesUrl()}/apis/apps/v1/namespaces/shop/deployments/orders`;
  const body = template && JSON.stringify({ spec: { template } });
  const response = await fetch(url, body ? { method: 'PATCH', headers, body } : { headers });
  expect(response.status).toBe(200);
  return (await response.json()) as {
    metadata: { generation: number };
    status: Record<
      'observedGeneration' | 'replicas' | 'updatedReplicas' | 'readyReplicas',
      number | undefined
    >;
  };
}

/** A new revision, which differs in nothing that counts. */
const restarted = () => ({ metadata: { annotations: { restarted: crypto.randomUUID() } } });

/** Waits until nothing but ready Pods of the newest revision is left. */
async function rolledOut(): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const { metadata, status } = await deployment();
    const { observedGeneration, replicas, updatedReplicas, readyReplicas } = status;
    const counts = [replicas, updatedReplicas, readyReplicas];
    if (observedGeneration === metadata.generation && counts.every((count) => count === 1)) return;
    await sleep(100);
  }
  throw new Error('the rollout did not end');
}

/** The budget of the workload: how many Pods may go on purpose. */
async function budget() {
  const headers = { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}` };
  const url = `${await cloud.kubernetesUrl()}/apis/policy/v1/namespaces/shop/poddisruptionbudgets/orders`;
  const response = await fetch(url, { headers });
  expect(response.status).toBe(200);
  return ((await response.json()) as { status: { conditions: object[]; disruptionsAllowed: number } }).status;
}

it('its disruption budget counts the Pods that are ready', async () => {
  await rolledOut();
  await expect.poll(budget, patience).toMatchObject({
    observedGeneration: 1,
    disruptionsAllowed: 1,
    currentHealthy: 1,
    desiredHealthy: 0,
    expectedPods: 1,
    conditions: [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }],
  });
});

it('without workload identity a new Pod gets no token, the old one goes on; with it the rollout ends', async () => {
  await rolledOut();
  const giveBack = await withoutMember(
    `${account}:getIamPolicy?options.requestedPolicyVersion=3`,
    `${account}:setIamPolicy`,
    'roles/iam.workloadIdentityUser',
    false,
  );
  const since = logs.get('orders')?.length ?? 0;
  try {
    await deployment(restarted());
    expect(await failureOf('orders', since)).toContain(
      `the Pod's Kubernetes service account lacks iam.serviceAccounts.getAccessToken on serviceAccount ${email}`,
    );
    expect((await deployment()).status).toMatchObject({ replicas: 2, updatedReplicas: 1, readyReplicas: 1 });
    expect(await pageOf(podUrl)).toContain(email);
  } finally {
    await giveBack();
  }
  await rolledOut();
});

it('a metadata server that is not there for the first moments of a Pod only delays it', async () => {
  await rolledOut();
  const since = logs.get('orders')?.length ?? 0;
  const fault = cloud.faults.add({ path: '/computeMetadata/*', effect: { kind: 'reset' }, times: 6 });
  await deployment(restarted());
  await rolledOut();
  cloud.faults.remove(fault);
  const lines = (logs.get('orders') ?? []).slice(since);
  expect(lines.join('\n')).toContain('Trying again');
  expect(lines.filter((line) => line.includes('Server listening'))).toHaveLength(1);
});

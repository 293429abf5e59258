import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Applied } from '../../../emulator/apply/apply.ts';
import { changed, type Deployment, prepareDeployment } from '../../cli/support/deployment.ts';
import { CIPHERTEXT } from '../../cli/support/project.ts';

const project = 'sample-project';
const bucket = `${project}-cloudrun-identity`;
const key = `projects/${project}/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity`;
const account = `cloud-run-identity@${project}.iam.gserviceaccount.com`;
const enabledServices = `/serviceusage/v1/v1/projects/${project}/services?filter=state:ENABLED`;
const run = `/run/apis/serving.knative.dev/v1/namespaces/${project}/services/cloudrun-identity`;

interface Service {
  readonly metadata: object;
  readonly spec: {
    readonly template: {
      readonly metadata: object;
      readonly spec: { readonly containers: readonly object[] };
    };
    readonly traffic: readonly object[];
  };
  readonly status: { readonly latestReadyRevisionName: string };
}

let deployment: Deployment;
let outputs: Applied['outputs'];

beforeAll(async () => {
  deployment = await prepareDeployment();
  await deployment.apply(deployment.stacks.foundation);
  outputs = (await deployment.apply(deployment.stacks.service)).outputs;
});

afterAll(() => deployment?.close());

/** Everything that the two stacks made, as the API shows it. */
async function everything() {
  const { get } = deployment;
  return {
    services: await get(enabledServices),
    key: await get(`/kms/v1/${key}`),
    versions: await get(`/kms/v1/${key}/cryptoKeyVersions`),
    keyPolicy: await get(`/kms/v1/${key}:getIamPolicy?options.requestedPolicyVersion=3`),
    repository: await get(
      `/artifactregistry/v1/projects/${project}/locations/us-central1/repositories/cloud-run-identity`,
    ),
    account: await get(`/iam/v1/v1/projects/${project}/serviceAccounts/${account}`),
    bucket: await get(`/storage/v1/b/${bucket}`),
    bucketPolicy: await get(`/storage/v1/b/${bucket}/iam?optionsRequestedPolicyVersion=3`),
    object: await get(`/storage/v1/b/${bucket}/o/config.enc`),
    service: await get(run),
  };
}

test('give the outputs that Terraform would', async () => {
  expect(outputs).toMatchObject({
    bucket_name: bucket,
    object_name: 'config.enc',
    kms_key_id: key,
    service_account_email: account,
  });
  expect(new URL(outputs.service_url as string).hostname).toBe('127.0.0.1');
});

test('enable exactly the APIs that are configured', async () => {
  const { services } = await deployment.get<{ services: { name: string }[] }>(enabledServices);
  const configured = Object.values(
    (deployment.stacks.foundation.json as { resource: Record<string, Record<string, { service: string }>> })
      .resource.google_project_service ?? {},
  );
  expect(services.map(({ name }) => name.split('/').at(-1)).sort()).toEqual(
    configured.map(({ service }) => service).sort(),
  );
});

test('reach the API with every argument', async () => {
  const labels = { app: 'cloud-run-identity', 'goog-terraform-provisioned': 'true' };
  const state = await everything();
  expect(state.key).toMatchObject({ purpose: 'ENCRYPT_DECRYPT', rotationPeriod: '7776000s', labels });
  expect(Date.parse(String(state.key.nextRotationTime)) - Date.now()).toBeGreaterThan(7_775_000_000);
  expect(state.repository).toMatchObject({
    format: 'DOCKER',
    mode: 'STANDARD_REPOSITORY',
    description: 'Container images of the service',
    labels,
  });
  expect(state.account).toMatchObject({
    email: account,
    displayName: 'Cloud Run service cloudrun-identity',
  });
  expect(state.bucket).toMatchObject({
    location: 'US-CENTRAL1',
    storageClass: 'STANDARD',
    labels,
    versioning: { enabled: true },
    iamConfiguration: { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } },
    softDeletePolicy: { retentionDurationSeconds: '604800' },
    lifecycle: {
      rule: [{ action: { type: 'Delete' }, condition: { isLive: false, numNewerVersions: 10 } }],
    },
  });
  expect(state.object).toMatchObject({
    contentType: 'application/octet-stream',
    cacheControl: 'no-store',
    size: String(CIPHERTEXT.length),
  });
});

test('grant to the identity what they say, under their conditions, and leave the rest of the policies', async () => {
  const { keyPolicy, bucketPolicy } = await everything();
  const members = [`serviceAccount:${account}`];
  expect(keyPolicy.bindings).toEqual([{ role: 'roles/cloudkms.cryptoKeyDecrypter', members }]);
  expect(bucketPolicy.bindings).toContainEqual({
    role: 'roles/storage.objectViewer',
    members,
    condition: expect.objectContaining({
      expression: `resource.name == "projects/_/buckets/${bucket}/objects/config.enc"`,
      title: expect.any(String),
      description: expect.any(String),
    }),
  });
  expect(bucketPolicy.bindings).toContainEqual(
    expect.objectContaining({ role: 'roles/storage.legacyBucketOwner' }),
  );
});

test('make the Cloud Run service as it is configured', async () => {
  const { metadata, spec } = await deployment.get<Service>(run);
  expect(metadata).toMatchObject({
    name: 'cloudrun-identity',
    labels: { app: 'cloud-run-identity', 'goog-terraform-provisioned': 'true' },
    annotations: { 'run.googleapis.com/ingress': 'all' },
  });
  expect(spec.traffic).toEqual([{ latestRevision: true, percent: 100 }]);
  expect(spec.template.metadata).toMatchObject({
    annotations: {
      'autoscaling.knative.dev/maxScale': '3',
      'autoscaling.knative.dev/minScale': '0',
      'run.googleapis.com/execution-environment': 'gen2',
      'run.googleapis.com/startup-cpu-boost': 'true',
    },
  });
  expect(spec.template.spec).toMatchObject({
    serviceAccountName: account,
    containerConcurrency: 80,
    timeoutSeconds: 60,
  });
  expect(spec.template.spec.containers).toMatchObject([
    {
      image: `us-central1-docker.pkg.dev/${project}/cloud-run-identity/cloudrun-identity:latest`,
      env: [
        { name: 'BUCKET_NAME', value: bucket },
        { name: 'OBJECT_NAME', value: 'config.enc' },
        { name: 'KMS_KEY_ID', value: key },
        { name: 'PAGE_VALUES', value: 'masked' },
      ],
      ports: [{ name: 'http1', containerPort: 8080 }],
      resources: { limits: { cpu: '1', memory: '512Mi' } },
      startupProbe: {
        httpGet: { path: '/health/startup', port: 8080 },
        failureThreshold: 240,
        periodSeconds: 1,
        timeoutSeconds: 1,
      },
      livenessProbe: {
        httpGet: { path: '/health/live', port: 8080 },
        failureThreshold: 3,
        periodSeconds: 10,
        timeoutSeconds: 2,
      },
    },
  ]);
});

test('applied again change nothing', async () => {
  const before = await everything();
  await deployment.apply(deployment.stacks.foundation);
  await deployment.apply(deployment.stacks.service);
  expect(await everything()).toEqual(before);
});

test.each([
  ['key', 'google_kms_crypto_key', { rotation_period: '2592000s' }, { rotationPeriod: '2592000s' }],
  ['key', 'google_kms_crypto_key', { labels: { app: 'other' } }, { labels: { app: 'other' } }],
  ['repository', 'google_artifact_registry_repository', { description: 'x' }, { description: 'x' }],
  ['account', 'google_service_account', { display_name: 'Renamed' }, { displayName: 'Renamed' }],
  ['bucket', 'google_storage_bucket', { labels: { app: 'other' } }, { labels: { app: 'other' } }],
  ['bucket', 'google_storage_bucket', { versioning: { enabled: false } }, { versioning: { enabled: false } }],
] as const)('applied with a changed %s change it: %s %j', async (resource, type, args, expected) => {
  const stack = [deployment.stacks.foundation, deployment.stacks.service].find(
    ({ json }) => type in (json.resource as object),
  );
  if (stack === undefined) throw new Error(`no stack has a ${type}`);
  await deployment.apply(
    stack,
    changed(stack, type, (configured) => Object.assign(configured, args)),
  );
  expect((await everything())[resource]).toMatchObject(expected);
  await deployment.apply(stack);
});

test('applied with a changed template make a new revision', async () => {
  const before = await deployment.get<Service>(run);
  const json = changed(deployment.stacks.service, 'google_cloud_run_service', (args) => {
    (args.template as { spec: Record<string, unknown> }).spec.timeout_seconds = 61;
  });
  await deployment.apply(deployment.stacks.service, json);
  const after = await deployment.get<Service>(run);
  expect(after.spec).toMatchObject({ template: { spec: { timeoutSeconds: 61 } } });
  expect(after.status.latestReadyRevisionName).not.toBe(before.status.latestReadyRevisionName);
});

test('never overwrite an object that has changed since', async () => {
  const before = (await everything()).object;
  const json = changed(deployment.stacks.service, 'google_storage_bucket_object', (args) =>
    Object.assign(args, { content_type: 'text/plain' }),
  );
  await deployment.apply(deployment.stacks.service, json);
  expect((await everything()).object).toEqual(before);
});

test('leave a bucket where it is, whatever the settings say of its place', async () => {
  const json = changed(deployment.stacks.service, 'google_storage_bucket', (args) =>
    Object.assign(args, { location: 'EU' }),
  );
  const before = await everything();
  await deployment.apply(deployment.stacks.service, json);
  const { bucket: kept, object } = await everything();
  expect(kept).toMatchObject({ location: 'US-CENTRAL1' });
  expect(object).toEqual(before.object);
});

test('cannot change what the API cannot', async () => {
  const json = changed(deployment.stacks.foundation, 'google_kms_crypto_key', (args) =>
    Object.assign(args, { purpose: 'MAC' }),
  );
  await expect(deployment.apply(deployment.stacks.foundation, json)).rejects.toThrow(
    /google_kms_crypto_key\.\S+: .*purpose/,
  );
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalCloud, UnsupportedConfigurationError } from '@cloud-run-identity/local-cloud';
import { reviewSynthesis } from '@cloud-run-identity/review';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mergedSettings } from '../../settings/index.ts';
import { LISTS, SECRET, TOP_LEVEL } from '../../settings/table.ts';
import {
  NEXT_PROVIDER_VERSION,
  PROVIDER_VERSION,
  providerSchemas,
} from '../constructs/support/provider-schema.ts';
import { validateStack } from '../constructs/support/validate-stack.ts';
import { synthesizeAsMain } from './as-main.ts';

const CLUSTER = 'projects/my-project/locations/us-central1/clusters/my-cluster';
const theirs = 'projects/my-project/locations/global/keyRings/theirs/cryptoKeys';

/** Ways to set things that go together; between them they set everything that may be set. */
const WAYS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'a service of its own': {
    projectId: 'my-project',
    region: 'europe-west1',
    newLocations: ['europe-west99'],
    bucketName: 'my-bucket',
    keyRingName: 'ring',
    keyLocation: 'europe',
    adoptExistingKey: true,
    stateBucket: 'my-state',
    statePrefix: 'shared/my-project',
    dataAccessLogs: true,
    decryptAlertChannel: 'projects/my-project/notificationChannels/7',
    storageKeyName: 'at-rest',
    accessLogBucket: 'my-logs',
    imageRepositoryName: 'images',
    binaryAuthorization: 'default',
    vpcSubnetwork: 'my-subnetwork',
    vpcEgress: 'all-traffic',
    reloadSeconds: 60,
    maxStaleSeconds: 3600,
    telemetryEndpoint: 'https://collector.example.com',
    googleClients: 'official',
    googleProviderVersion: '7.45.0',
    serviceName: 'orders',
    imageName: 'orders',
    serviceAccountName: 'orders-identity',
    objectName: 'orders.enc',
    encryptedConfigFile: 'orders.enc',
    keyName: 'orders',
    revealValues: true,
    cpu: '2',
    memory: '1Gi',
    concurrency: 10,
    timeoutSeconds: 30,
    minInstances: 1,
    maxInstances: 5,
    cpuAlwaysAllocated: true,
    startupCpuBoost: false,
    executionEnvironment: 'gen1',
    ingress: 'internal',
    customAudiences: ['https://orders.example.com'],
    environmentVariables: { GREETING: 'hello' },
    labels: { team: 'shop' },
    secrets: [
      { name: 'tls', format: 'text', objectName: 'tls.pem.enc', encryptedFile: 'tls.enc', keyName: 'tls' },
    ],
  },
  'what exists already': {
    projectId: 'my-project',
    existingBucketName: 'their-bucket',
    stateDirectory: 'elsewhere',
    keyId: `${theirs}/config`,
    image: `example.com/orders@sha256:${'0'.repeat(64)}`,
    serviceAccountEmail: 'theirs@my-project.iam.gserviceaccount.com',
    public: true,
    strictPolicies: true,
    secrets: [{ name: 'tls', keyId: `${theirs}/tls` }],
  },
  'services that call': {
    projectId: 'my-project',
    services: [{ name: 'orders' }, { name: 'storefront', public: true, calls: ['orders'] }],
  },
  environments: { projectId: 'my-project', environments: { dev: {}, prod: { maxInstances: 9 } } },
  'a service on GKE': {
    projectId: 'my-project',
    cluster: CLUSTER,
    kubeContext: 'my-context',
    platform: 'gke',
    namespace: 'shop',
  },
  'an image built by Docker': {
    projectId: 'my-project',
    imageBuild: 'docker',
    serviceEntry: 'examples/postgres/server.ts',
    secretSchema: 'examples/postgres/schema.ts',
  },
  'an image built by Cloud Build': { projectId: 'my-project', imageBuild: 'cloud-build' },
};

/** What only a real deployment can do: the local commands bring an image of their own. */
const NOT_LOCAL: Readonly<Record<string, RegExp>> = {
  'an image built by Docker': /provider\.docker: unknown/,
  'an image built by Cloud Build':
    /google_artifact_registry_repository_iam_member\.\S+: unknown resource type/,
};

const CONTAINER =
  "require('node:http').createServer((_, answer) => answer.end()).listen(process.env.PORT, '127.0.0.1')";

let directory: string;
beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'every-setting-')));
  const files = [
    'config.enc',
    'orders.enc',
    'tls.enc',
    'storefront.enc',
    'config-dev.enc',
    'config-prod.enc',
  ];
  for (const file of files) writeFileSync(join(directory, file), Buffer.from('0a24001f8b5c', 'hex'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
  rmSync(`${directory}-kits`, { recursive: true, force: true });
});

/** As main.ts does; returns the names of the stacks. */
function synthesize(
  context: Readonly<Record<string, unknown>>,
  outdir: string,
  isReviewed: boolean,
): string[] {
  const environments = synthesizeAsMain(context, outdir, directory);
  if (isReviewed) {
    const publicServices = environments.flatMap(({ projectId, region, services }) =>
      services
        .filter((service) => service.public)
        .map(({ serviceName }) => `projects/${projectId}/locations/${region}/services/${serviceName}`),
    );
    const { origins: settings, strictPolicies: strict } = mergedSettings(environments);
    reviewSynthesis({ directory: outdir, settings, publicServices, strict, root: directory });
  }
  return environments.flatMap(({ stacks }) => [stacks.foundation, stacks.service]);
}

const read = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

test.each(Object.entries(WAYS))('%s: synthesized, reviewed, valid and applied', async (name, context) => {
  const outdir = join(directory, name.replaceAll(' ', '-'));
  const stacks = synthesize(context, outdir, true);
  for (const version of [PROVIDER_VERSION, NEXT_PROVIDER_VERSION]) {
    for (const stack of stacks) {
      const json = read(outdir, 'stacks', stack, 'cdk.tf.json');
      delete json.provider.docker;
      delete json.resource.docker_image;
      delete json.resource.docker_registry_image;
      expect([version, stack, validateStack(json, providerSchemas(version))]).toEqual([version, stack, []]);
    }
  }
  const review = read(outdir, 'review', 'review.json');
  const errors = review.policies.flatMap(({ findings }: { findings: { severity: string }[] }) =>
    findings.filter(({ severity }) => severity === 'error'),
  );
  expect(errors).toEqual([]);
  const refusal = NOT_LOCAL[name];
  if (refusal) {
    const started = startLocalCloud({ apply: outdir });
    await expect(started).rejects.toThrow(UnsupportedConfigurationError);
    await expect(started).rejects.toThrow(refusal);
    return;
  }
  const cloud = await startLocalCloud({
    projectId: 'my-project',
    region: String(context.region ?? 'us-central1'),
    images: { '*': { command: [process.execPath, '-e', CONTAINER] } },
  });
  try {
    await prepare(cloud.url, cloud.tokenFor(cloud.owner));
    const applied = await cloud.apply(outdir);
    expect([...applied.keys()].sort()).toEqual([...stacks].sort());
  } finally {
    await cloud.stop();
  }
});

/** What exists already: a bucket, a ring with two keys and a service account. */
async function prepare(url: string, token: string): Promise<void> {
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect([path, answer.status]).toEqual([path, 200]);
  };
  await post('/storage/v1/b?project=my-project', {
    name: 'their-bucket',
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
  });
  const location = '/kms/v1/projects/my-project/locations/global/keyRings';
  await post(`${location}?keyRingId=theirs`, {});
  for (const key of ['config', 'tls']) {
    await post(`${location}/theirs/cryptoKeys?cryptoKeyId=${key}`, { purpose: 'ENCRYPT_DECRYPT' });
  }
  await post('/iam/v1/projects/my-project/serviceAccounts', { accountId: 'theirs', serviceAccount: {} });
}

test('CDK Terrain writes what cdktf writes, for every setting', () => {
  // Apart from what images are built from.
  const folder = `${directory}-kits`;
  for (const kit of ['cdktf', 'cdktn']) mkdirSync(join(folder, kit), { recursive: true });
  const ways = join(folder, 'ways.json');
  writeFileSync(ways, JSON.stringify(WAYS));
  const program = join(import.meta.dirname, 'with-cdktn.ts');
  execFileSync(process.execPath, [program, ways, join(folder, 'cdktn'), directory]);
  for (const [name, context] of Object.entries(WAYS)) {
    const way = name.replaceAll(' ', '-');
    for (const stack of synthesize(context, join(folder, 'cdktf', way), false)) {
      const [cdktf, cdktn] = ['cdktf', 'cdktn'].map((kit) =>
        read(folder, kit, way, 'stacks', stack, 'cdk.tf.json'),
      );
      expect(cdktn['//'].metadata.version).toBe('0.24.0');
      cdktn['//'].metadata.version = cdktf['//'].metadata.version;
      expect(cdktn, `${name}: ${stack}`).toEqual(cdktf);
    }
  }
});

test('every setting is set in one of these ways, to something else than its default', () => {
  const isSet = (name: string, fallback: string | undefined) =>
    Object.values(WAYS).some(({ services, ...context }) =>
      [context, ...((services ?? []) as object[])].some(
        (holder) =>
          Object.hasOwn(holder, name) && String((holder as Record<string, unknown>)[name]) !== fallback,
      ),
    );
  const missing = Object.entries(TOP_LEVEL)
    .filter(([name, { default: fallback }]) => !isSet(name, fallback))
    .map(([name]) => name);
  expect(missing).toEqual([]);
  expect(
    Object.keys(LISTS).filter((name) => !Object.values(WAYS).some((way) => Object.hasOwn(way, name))),
  ).toEqual([]);
  const secrets = Object.values(WAYS).flatMap(({ secrets = [] }) => secrets as object[]);
  const keys = new Set(secrets.flatMap(Object.keys));
  expect(Object.keys(SECRET).filter((key) => !keys.has(key === 'secretName' ? 'name' : key))).toEqual([]);
});

/** Settings that change no stack: what the review makes of it, and what is named by others. */
const NOT_IN_STACKS = ['strictPolicies', 'secretSchema', 'newLocations'];

/** What a setting needs beside it in order to say something. */
const COMPANIONS: Readonly<Record<string, object>> = {
  statePrefix: { projectId: 'my-project', stateBucket: 'my-state' },
  cluster: { platform: 'gke', cluster: CLUSTER.replace('my-', 'other-') },
  kubeContext: { platform: 'gke', cluster: CLUSTER },
  platform: { platform: 'cloud-run', cluster: CLUSTER },
  namespace: { cluster: CLUSTER, platform: 'gke' },
  decryptAlertChannel: { dataAccessLogs: true },
  vpcEgress: { vpcSubnetwork: 'my-subnetwork' },
  cpu: { memory: '2Gi' },
  serviceEntry: { imageBuild: 'docker' },
};

test.each(Object.keys(TOP_LEVEL).filter((name) => !NOT_IN_STACKS.includes(name) && name !== 'calls'))(
  '%s alone changes what is deployed, or where its state is kept',
  (name) => {
    const value = Object.values(WAYS).find((way) => Object.hasOwn(way, name))?.[name];
    const stacksWith = (context: object) => {
      const outdir = mkdtempSync(join(directory, 'one-'));
      return synthesize({ projectId: 'other-project', ...COMPANIONS[name], ...context }, outdir, false).map(
        (stack) => {
          const json = read(outdir, 'stacks', stack, 'cdk.tf.json');
          return JSON.stringify({ ...json, '//': undefined }).replaceAll(outdir, '');
        },
      );
    };
    expect(stacksWith({ [name]: value })).not.toEqual(stacksWith({}));
  },
);

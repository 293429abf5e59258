import { expect, test } from 'vitest';
import { PROVIDER_VERSION, providerSchemas } from './support/provider-schema.ts';
import { foundationStack, serviceStack } from './support/stacks.ts';
import type { Arguments, Synthesis, TerraformJson } from './support/synthesize.ts';
import { validateStack } from './support/validate-stack.ts';

const schema = providerSchemas();

type Case = [string, () => Synthesis];

/** Every setting that adds or changes arguments, alone and all that go together at once. */
const VARIANTS: Record<string, Record<string, unknown>> = {
  'several services': { services: [{ name: 'orders' }, { name: 'invoices', public: true }] },
  'a key from elsewhere': { keyId: 'projects/their-project/locations/global/keyRings/r/cryptoKeys/k' },
  'a bucket from elsewhere': { existingBucketName: 'their-bucket' },
  'existing keys adopted': { adoptExistingKey: true },
  'shared state': { stateBucket: 'my-state' },
  'data access logs': { dataAccessLogs: true },
  'an alert': { dataAccessLogs: true, decryptAlertChannel: 'projects/my-project/notificationChannels/1' },
  'an image built by Cloud Build': { imageBuild: 'cloud-build' },
  'a storage key': { storageKeyName: 'at-rest' },
  'access logs': { accessLogBucket: 'my-logs' },
  'Binary Authorization': { binaryAuthorization: 'default' },
  'VPC egress': { vpcSubnetwork: 'my-subnetwork', vpcEgress: 'all-traffic' },
  'a service on GKE': { platform: 'gke', cluster: 'projects/my-project/locations/us-central1/clusters/main' },
  'services on GKE and Cloud Run': {
    cluster: 'projects/my-project/locations/us-central1/clusters/main',
    kubeContext: 'main',
    services: [
      { name: 'orders', platform: 'gke', secrets: [{ name: 'tls', format: 'text' }] },
      {
        name: 'invoices',
        platform: 'gke',
        namespace: 'orders',
        serviceAccountEmail: 'their-account@my-project.iam.gserviceaccount.com',
      },
      { name: 'front-page' },
    ],
  },
  everything: {
    services: [{ name: 'orders' }, { name: 'invoices', public: true, maxInstances: 9 }],
    adoptExistingKey: true,
    stateBucket: 'my-state',
    dataAccessLogs: true,
    decryptAlertChannel: 'projects/my-project/notificationChannels/1',
    storageKeyName: 'at-rest',
    accessLogBucket: 'my-logs',
    binaryAuthorization: 'default',
    vpcSubnetwork: 'my-subnetwork',
  },
};

test.each<Case>([
  ['the foundation', () => foundationStack()],
  ['the service', () => serviceStack()],
  ['a public service', () => serviceStack({ public: true })],
  ['a service that reveals its values', () => serviceStack({ revealValues: true })],
  ...Object.entries(VARIANTS).flatMap(([name, context]): Case[] => [
    [`the foundation with ${name}`, () => foundationStack(context)],
    [`the service with ${name}`, () => serviceStack(context)],
  ]),
])('%s is what the provider takes', (_, synthesize) => {
  const { json } = synthesize();
  expect(validateStack(json, schema)).toEqual([]);
  expect(json.terraform.required_providers.google.version).toBe(PROVIDER_VERSION);
});

/** The service's stack with one thing changed, and what the validation says to it. */
function problemsAfter(change: (resource: TerraformJson['resource']) => void): string[] {
  const { json } = serviceStack();
  change(json.resource);
  return validateStack(json, schema);
}

function bucketOf(resource: TerraformJson['resource']): Arguments {
  return resource.google_storage_bucket?.bucket as Arguments;
}

function containerOf(resource: TerraformJson['resource']): Arguments {
  return resource.google_cloud_run_service?.service?.template.spec.containers[0];
}

test.each<[string, (resource: TerraformJson['resource']) => void, string]>([
  [
    'an unknown resource type',
    (r) => Object.assign(r, { google_bucket: { b: {} } }),
    'google_bucket: unknown',
  ],
  [
    'an unknown argument',
    (r) => Object.assign(bucketOf(r), { acl: 'private' }),
    'bucket.acl: unknown argument',
  ],
  [
    'an unknown argument in a nested block',
    (r) => Object.assign(containerOf(r).startup_probe.http_get, { host: 'x' }),
    'http_get[0].host: unknown argument',
  ],
  ['a missing argument', (r) => delete bucketOf(r).location, 'bucket.location: missing'],
  ['a missing argument in a block', (r) => delete containerOf(r).image, 'containers[0].image: missing'],
  ['a computed argument', (r) => Object.assign(bucketOf(r), { url: 'gs://x' }), 'bucket.url: is computed'],
  [
    'a string for a boolean',
    (r) => Object.assign(bucketOf(r), { force_destroy: 'true' }),
    'force_destroy: string instead of bool',
  ],
  ['a number for a string', (r) => Object.assign(bucketOf(r), { name: 1 }), 'name: number instead of string'],
  [
    'a wrong type in a map',
    (r) => Object.assign(bucketOf(r).labels, { app: true }),
    'labels.app: bool instead of string',
  ],
  ['a list for a map', (r) => Object.assign(bucketOf(r), { labels: [] }), 'labels: list instead of map'],
  [
    'a string for a block',
    (r) => Object.assign(bucketOf(r), { versioning: 'on' }),
    'string instead of a block',
  ],
  [
    'too few blocks',
    (r) => Object.assign(bucketOf(r).lifecycle_rule[0], { action: [] }),
    'at least 1 needed',
  ],
  ['too many blocks', (r) => Object.assign(bucketOf(r), { versioning: [{}, {}] }), 'at most 1 allowed'],
  [
    'a reference to no resource',
    (r) => Object.assign(bucketOf(r), { name: `\${google_service_account.other.email}` }),
    'refers to no resource',
  ],
  [
    'a reference to no attribute',
    (r) => Object.assign(bucketOf(r), { name: `\${google_service_account.identity.mail}` }),
    'refers to no attribute',
  ],
  [
    'a dependency on no resource',
    (r) => Object.assign(bucketOf(r), { depends_on: ['google_service_account.other'] }),
    'depends_on google_service_account.other: no such resource',
  ],
])('the validation finds %s', (_, change, expected) => {
  expect(problemsAfter(change)).toContainEqual(expect.stringContaining(expected));
});

test.each<[string, (json: TerraformJson) => void, string]>([
  [
    'an unknown data source',
    ({ data }) => Object.assign(data ?? {}, { google_x: { x: {} } }),
    'data.google_x: unknown',
  ],
  [
    'an unknown argument of a data source',
    ({ data }) => Object.assign(data?.google_kms_key_rings?.['key-ring'] ?? {}, { zone: 'a' }),
    'zone: unknown argument',
  ],
  [
    'a reference to no data source, inside an expression',
    ({ data }) => Object.assign(data ?? {}, { google_kms_key_rings: {} }),
    'data.google_kms_key_rings.key-ring.key_rings: refers to no resource',
  ],
  [
    'an import into no resource',
    (json) => Object.assign(json.import?.[0] ?? {}, { to: 'google_kms_key_ring.other' }),
    'import[0].to google_kms_key_ring.other: no such resource',
  ],
  ['an import of nothing', (json) => delete json.import?.[0]?.id, 'import[0].id: missing'],
])('the validation finds %s', (_, change, expected) => {
  const { json } = foundationStack({ adoptExistingKey: true });
  change(json);
  expect(validateStack(json, schema)).toContainEqual(expect.stringContaining(expected));
});

test('the validation finds a wrong provider argument', () => {
  const { json } = serviceStack();
  Object.assign(json.provider.google?.[0] as Arguments, { zones: 'a' });
  expect(validateStack(json, schema)).toEqual(['provider.google.zones: unknown argument']);
});

import { join } from 'node:path';
import { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import type { TerraformStack } from 'cdktf';
import { expect, test } from 'vitest';
import {
  ExistingBucket,
  ExistingIdentity,
  SecretService,
  type SecretServiceProps,
} from '../../constructs/index.ts';
import { providerSchemas } from './support/provider-schema.ts';
import { type Arguments, only, reference, synthesize, type TerraformJson } from './support/synthesize.ts';
import { validateStack } from './support/validate-stack.ts';

const keyId = 'projects/their-project/locations/global/keyRings/r/cryptoKeys/k';

const base = (directory: string) =>
  ({
    name: 'orders',
    location: 'us-central1',
    projectId: 'my-project',
    image: 'example.com/orders:1',
    secrets: [{ name: 'config', encryptedFile: join(directory, 'orders.enc') }],
  }) as const satisfies SecretServiceProps;

function orders(
  props: Partial<SecretServiceProps> = {},
  more: (service: SecretService, stack: TerraformStack, directory: string) => void = () => {},
): TerraformJson {
  return synthesize((stack, directory) => {
    more(new SecretService(stack, 'orders', { ...base(directory), ...props }), stack, directory);
  }).json;
}

function service(json: TerraformJson, name = 'orders'): Arguments {
  const found = Object.values(json.resource.google_cloud_run_service ?? {}).find((run) => run.name === name);
  return found as Arguments;
}

function environmentOf(json: TerraformJson, name?: string): Record<string, string> {
  const [container] = service(json, name).template.spec.containers;
  return Object.fromEntries(container.env.map((entry: Record<string, string>) => [entry.name, entry.value]));
}

test('a name, a place, an image and a file are enough: identity, bucket, key ring and key are made', () => {
  const json = orders();
  expect(validateStack(json, providerSchemas())).toEqual([]);
  expect(Object.keys(json.resource).sort()).toEqual([
    'google_cloud_run_service',
    'google_kms_crypto_key',
    'google_kms_crypto_key_iam_member',
    'google_kms_key_ring',
    'google_service_account',
    'google_storage_bucket',
    'google_storage_bucket_iam_member',
    'google_storage_bucket_object',
  ]);
  expect(only(json, 'google_storage_bucket')).toMatchObject({
    name: 'my-project-orders',
    project: 'my-project',
  });
  expect(only(json, 'google_service_account')).toMatchObject({ account_id: 'orders', project: 'my-project' });
  expect(only(json, 'google_storage_bucket_object').name).toBe('orders.enc');
});

test('of what exists already nothing is made: only the grants, the object and the service', () => {
  const json = synthesize((stack, directory) => {
    new SecretService(stack, 'orders', {
      ...base(directory),
      serviceAccountEmail: 'theirs@their-project.iam.gserviceaccount.com',
      bucket: new ExistingBucket(stack, 'bucket', { name: 'their-bucket' }),
      secrets: [{ name: 'config', encryptedFile: join(directory, 'orders.enc'), keyId }],
    });
  }).json;
  expect(Object.keys(json.resource).sort()).toEqual([
    'google_cloud_run_service',
    'google_kms_crypto_key_iam_member',
    'google_storage_bucket_iam_member',
    'google_storage_bucket_object',
  ]);
  expect(service(json).template.spec.service_account_name).toBe(
    'theirs@their-project.iam.gserviceaccount.com',
  );
  for (const type of ['google_kms_crypto_key_iam_member', 'google_storage_bucket_iam_member']) {
    expect(only(json, type).member).toBe('serviceAccount:theirs@their-project.iam.gserviceaccount.com');
  }
});

test('a service finds its first secret as the article does, each other one in a single variable', () => {
  const json = synthesize((stack, directory) => {
    const encryptedFile = join(directory, 'x.enc');
    new SecretService(stack, 'orders', {
      ...base(directory),
      bucket: new ExistingBucket(stack, 'bucket', { name: 'their-bucket' }),
      secrets: [
        { name: 'config', encryptedFile, keyId },
        { name: 'tls-key', format: 'text', encryptedFile, keyId: `${keyId}2` },
        { name: 'settings', encryptedFile, keyId: `${keyId}3`, objectName: 'a b/c?d.enc' },
      ],
    });
  }).json;
  expect(environmentOf(json)).toEqual({
    BUCKET_NAME: 'their-bucket',
    OBJECT_NAME: 'orders.enc',
    KMS_KEY_ID: keyId,
    SECRET_TLS_KEY: `gs://their-bucket/orders-tls-key.enc?key=${keyId}2&format=text`,
    SECRET_SETTINGS: `gs://their-bucket/a b/c?d.enc?key=${keyId}3`,
  });
  expect(service(json).depends_on).toHaveLength(9);
});

test.each([
  [
    { secrets: [{ name: 'Config', encryptedFile: '/x.enc' }] },
    /test\/orders: "Config" is no name for a secret/,
  ],
  [
    {
      secrets: [
        { name: 'a', encryptedFile: '/x.enc' },
        { name: 'a', encryptedFile: '/y.enc' },
      ],
    },
    /"a" is no name for a secret/,
  ],
  [{ environment: { SECRET_TLS: 'x', GREETING: 'hello' } }, /the variable SECRET_TLS is set by Cloud Run or/],
] as [Partial<SecretServiceProps>, RegExp][])('%j is refused where it is written', (props, message) => {
  expect(() => orders(props)).toThrow(message);
});

test('everything that people ask Cloud Run for is a prop', () => {
  const json = orders({
    cpu: '2',
    memory: '1Gi',
    concurrency: 5,
    timeoutSeconds: 300,
    minInstances: 1,
    maxInstances: 10,
    cpuAlwaysAllocated: true,
    startupCpuBoost: false,
    executionEnvironment: 'gen1',
    ingress: 'internal',
    vpcSubnetwork: 'my-subnetwork',
    vpcEgress: 'all-traffic',
    customAudiences: ['https://orders.example.com'],
    labels: { team: 'shop', app: 'no' },
    binaryAuthorization: 'default',
    environment: { GREETING: 'hello' },
    public: true,
  });
  expect(validateStack(json, providerSchemas())).toEqual([]);
  expect(service(json).metadata).toEqual({
    labels: { team: 'shop', app: 'cloud-run-identity' },
    annotations: {
      'run.googleapis.com/ingress': 'internal',
      'run.googleapis.com/binary-authorization': 'default',
      'run.googleapis.com/custom-audiences': '["https://orders.example.com"]',
    },
  });
  expect(service(json).template.metadata.annotations).toEqual({
    'autoscaling.knative.dev/minScale': '1',
    'autoscaling.knative.dev/maxScale': '10',
    'run.googleapis.com/execution-environment': 'gen1',
    'run.googleapis.com/startup-cpu-boost': 'false',
    'run.googleapis.com/cpu-throttling': 'false',
    'run.googleapis.com/network-interfaces': '[{"subnetwork":"my-subnetwork"}]',
    'run.googleapis.com/vpc-access-egress': 'all-traffic',
  });
  const { containers, ...spec } = service(json).template.spec;
  expect(spec).toMatchObject({ container_concurrency: 5, timeout_seconds: 300 });
  expect(containers[0].resources.limits).toEqual({ cpu: '2', memory: '1Gi' });
  expect(environmentOf(json).GREETING).toBe('hello');
  expect(only(json, 'google_cloud_run_service_iam_member').member).toBe('allUsers');
});

const audience = '//run.googleapis.com/projects/my-project/locations/us-central1/services/orders';

test('a service that is called knows the audience, and its caller where to call and for which audience', () => {
  const json = orders({}, (called, stack, directory) => {
    const caller = new SecretService(stack, 'shop', { ...base(directory), name: 'storefront' });
    caller.addCall(called);
    caller.addCall(called);
  });
  expect(validateStack(json, providerSchemas())).toEqual([]);
  expect(service(json).metadata.annotations['run.googleapis.com/custom-audiences']).toBe(`["${audience}"]`);
  expect(environmentOf(json).TOKEN_AUDIENCE).toBe(audience);
  const [address] = Object.entries(json.resource.google_cloud_run_service ?? {}).find(
    ([, { name }]) => name === 'orders',
  ) as [string, Arguments];
  expect(environmentOf(json, 'storefront')).toMatchObject({
    CALL_ORDERS_URL: reference(`google_cloud_run_service.${address}.status[0].url`),
    CALL_ORDERS_AUDIENCE: audience,
  });
  const [account] = Object.entries(json.resource.google_service_account ?? {}).find(
    ([, { account_id: id }]) => id === 'storefront',
  ) as [string, Arguments];
  expect(only(json, 'google_cloud_run_service_iam_member')).toMatchObject({
    project: 'my-project',
    service: reference(`google_cloud_run_service.${address}.name`),
    role: 'roles/run.invoker',
    member: `serviceAccount:${reference(`google_service_account.${account}.email`)}`,
  });
});

test('a grant takes whatever has a member, and granting twice is granting once', () => {
  const json = orders({}, (called, stack) => {
    const secret = called.secrets.get('config');
    const account = new ServiceAccount(stack, 'batch', { accountId: 'batch-job' });
    const existing = new ExistingIdentity(stack, 'they', { email: account.email });
    for (const identity of [account, existing, { member: 'group:ops@example.com' }]) {
      expect(secret?.grantRead(identity)).toBe(secret?.grantRead(identity));
      expect(secret?.key.grantDecrypt(identity)).toBe(secret?.key.grantDecrypt(identity));
      expect(called.grantInvoke(identity)).toBe(called.grantInvoke(identity));
    }
  });
  expect(validateStack(json, providerSchemas())).toEqual([]);
  expect(
    Object.values(json.resource.google_cloud_run_service_iam_member ?? {}).map(({ member }) => member),
  ).toEqual(
    expect.arrayContaining([
      reference('google_service_account.batch.member'),
      `serviceAccount:${reference('google_service_account.batch.email')}`,
      'group:ops@example.com',
    ]),
  );
  expect(Object.keys(json.resource.google_storage_bucket_iam_member ?? {})).toHaveLength(4);
});

test('a member that only Terraform knows and no construct stands for has no name for its grant', () => {
  expect(() =>
    orders({}, (called, stack) => {
      const account = new ServiceAccount(stack, 'batch', { accountId: 'batch-job' });
      called.grantInvoke({ member: account.member });
    }),
  ).toThrow(/Grant to the construct of the service account, or to an ExistingIdentity/);
});

test('two services can run as one identity and share a bucket', () => {
  const email = 'theirs@their-project.iam.gserviceaccount.com';
  const json = synthesize((stack, directory) => {
    const bucket = new ExistingBucket(stack, 'bucket', { name: 'their-bucket' });
    for (const name of ['orders', 'invoices']) {
      new SecretService(stack, name, { ...base(directory), name, bucket, serviceAccountEmail: email });
    }
  }).json;
  const conditions = Object.values(json.resource.google_storage_bucket_iam_member ?? {}).map(
    ({ condition }) => condition.expression,
  );
  expect(conditions.sort()).toEqual(
    ['invoices', 'orders'].map(
      (name) => `resource.name == "projects/_/buckets/their-bucket/objects/${name}.enc"`,
    ),
  );
});

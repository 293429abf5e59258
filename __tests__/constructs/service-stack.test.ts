import { expect, test } from 'vitest';
import { foundationStack, serviceStack } from './support/stacks.ts';
import { only, reference, type TerraformJson } from './support/synthesize.ts';

function environmentOf(json: TerraformJson): Record<string, string> {
  const [container] = only(json, 'google_cloud_run_service').template.spec.containers;
  return Object.fromEntries(container.env.map(({ name, value }: Record<string, string>) => [name, value]));
}

test('the service knows its object and its key by name, and nothing else', () => {
  expect(environmentOf(serviceStack().json)).toEqual({
    BUCKET_NAME: reference('google_storage_bucket.bucket.name'),
    OBJECT_NAME: 'config.enc',
    KMS_KEY_ID: 'projects/my-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity',
    PAGE_VALUES: 'masked',
  });
});

test.each([
  [{ public: true }, 'hidden'],
  [{ revealValues: true }, 'revealed'],
  [{ public: 'false', revealValues: false }, 'masked'],
])('with the settings %j the page shows values %s', (context, expected) => {
  expect(environmentOf(serviceStack(context).json).PAGE_VALUES).toBe(expected);
});

test('the service starts after its grants and its config', () => {
  const { json } = serviceStack();
  const needed = [
    'google_kms_crypto_key_iam_member',
    'google_storage_bucket_iam_member',
    'google_storage_bucket_object',
  ].flatMap((type) => Object.keys(json.resource[type] ?? {}).map((name) => `${type}.${name}`));
  expect(only(json, 'google_cloud_run_service').depends_on).toEqual(needed);
});

test('grants are members of single resources: never a binding, a policy or a role on the project', () => {
  const types = Object.keys(serviceStack({ public: true }).json.resource).filter((type) => /iam/.test(type));
  expect(types).toEqual([
    'google_cloud_run_service_iam_member',
    'google_kms_crypto_key_iam_member',
    'google_storage_bucket_iam_member',
  ]);
});

test('only a public service may be invoked by everyone', () => {
  expect(JSON.stringify(serviceStack().json)).not.toContain('allUsers');
  expect(only(serviceStack({ public: true }).json, 'google_cloud_run_service_iam_member').member).toBe(
    'allUsers',
  );
});

test('the key is the one that the foundation makes, without reading its state', () => {
  const ring = only(foundationStack().json, 'google_kms_key_ring');
  const key = only(foundationStack().json, 'google_kms_crypto_key');
  const { json } = serviceStack();
  expect(json.output.kms_key_id?.value).toBe(
    `projects/my-project/locations/${ring.location}/keyRings/${ring.name}/cryptoKeys/${key.name}`,
  );
  expect(JSON.stringify(json)).not.toContain('terraform_remote_state');
});

test('the settings name everything in it', () => {
  const { json } = serviceStack({
    region: 'europe-west1',
    serviceName: 'orders',
    image: 'example.com/orders:1',
    serviceAccountName: 'orders-identity',
    bucketName: 'orders-secrets',
    objectName: 'orders.enc',
  });
  const run = only(json, 'google_cloud_run_service');
  expect(run).toMatchObject({ name: 'orders', location: 'europe-west1' });
  expect(run.template.spec.containers[0].image).toBe('example.com/orders:1');
  expect(only(json, 'google_service_account').account_id).toBe('orders-identity');
  expect(only(json, 'google_storage_bucket')).toMatchObject({
    name: 'orders-secrets',
    location: 'europe-west1',
  });
  expect(only(json, 'google_storage_bucket_object').name).toBe('orders.enc');
  expect(json.provider.google).toEqual([{ project: 'my-project', region: 'europe-west1' }]);
});

test('the outputs name what was made', () => {
  expect(Object.keys(serviceStack().json.output)).toEqual([
    'bucket_name',
    'kms_key_id',
    'object_name',
    'service_account_email',
    'service_url',
  ]);
});

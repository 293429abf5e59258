import { expect, test } from 'vitest';
import { foundationStack, serviceStack } from './support/stacks.ts';
import { only, reference } from './support/synthesize.ts';

const keyId = 'projects/their-project/locations/europe/keyRings/ring/cryptoKeys/key';
const member = `serviceAccount:${reference('google_service_account.identity.email')}`;

test('with a key from elsewhere the foundation makes no key and no key ring, and names that key', () => {
  const { json } = foundationStack({ keyId });
  expect(Object.keys(json.resource)).toEqual([
    'google_artifact_registry_repository',
    'google_project_service',
  ]);
  expect(json.output.kms_key_id?.value).toBe(keyId);
});

test('a key from elsewhere is granted on and handed to the service', () => {
  const { json } = serviceStack({ keyId });
  expect(only(json, 'google_kms_crypto_key_iam_member')).toEqual({
    crypto_key_id: keyId,
    role: 'roles/cloudkms.cryptoKeyDecrypter',
    member,
    lifecycle: { create_before_destroy: true },
  });
  const [container] = only(json, 'google_cloud_run_service').template.spec.containers;
  expect(container.env).toContainEqual({ name: 'KMS_KEY_ID', value: keyId });
});

test('a bucket from elsewhere is not made: the object is put into it and granted on', () => {
  const { json } = serviceStack({ existingBucketName: 'their-bucket' });
  expect(json.resource).not.toHaveProperty('google_storage_bucket');
  expect(only(json, 'google_storage_bucket_object')).toMatchObject({
    bucket: 'their-bucket',
    name: 'config.enc',
  });
  expect(only(json, 'google_storage_bucket_iam_member')).toEqual({
    bucket: 'their-bucket',
    role: 'roles/storage.objectViewer',
    member,
    lifecycle: { create_before_destroy: true },
    condition: expect.objectContaining({
      expression: 'resource.name == "projects/_/buckets/their-bucket/objects/config.enc"',
    }),
  });
  expect(json.output.bucket_name?.value).toBe('their-bucket');
});

test('the foundation keeps its own key when only the bucket is from elsewhere', () => {
  const { json } = foundationStack({ existingBucketName: 'their-bucket' });
  expect(json).toEqual(foundationStack().json);
});

test('of several services, only those without a key elsewhere get one', () => {
  const services = [{ name: 'orders', keyId }, { name: 'invoices' }];
  const { json } = foundationStack({ services });
  expect(only(json, 'google_kms_crypto_key').name).toBe('invoices');
  expect(json.output.kms_key_ids?.value).toEqual({
    orders: keyId,
    invoices: expect.stringMatching(/^\$\{google_kms_crypto_key\./),
  });
});

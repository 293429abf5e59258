import { join } from 'node:path';
import type { TerraformStack } from 'cdktf';
import { expect, test } from 'vitest';
import { CloudRunService } from '../../constructs/cloud-run-service.ts';
import { EncryptedObject } from '../../constructs/encrypted-object.ts';
import { EncryptionKey } from '../../constructs/encryption-key.ts';
import { PrivateBucket } from '../../constructs/private-bucket.ts';
import { ServiceIdentity } from '../../constructs/service-identity.ts';
import { providerSchemas } from './support/provider-schema.ts';
import { reference, synthesize } from './support/synthesize.ts';
import { validateStack } from './support/validate-stack.ts';

function keyId(name: string): string {
  return `projects/my-project/locations/global/keyRings/ring/cryptoKeys/${name}`;
}

function addService(stack: TerraformStack, bucket: PrivateBucket, name: string, directory: string): void {
  const identity = new ServiceIdentity(stack, `${name}-identity`, { accountId: name, displayName: name });
  const key = new EncryptionKey(stack, `${name}-key`, { keyId: keyId(name) });
  const config = new EncryptedObject(stack, `${name}-config`, {
    bucket,
    objectName: `${name}.enc`,
    key,
    encryptedFile: join(directory, `${name}.enc`),
  });
  const grants = [key.grantDecrypt(identity), config.grantRead(identity)];
  config.uploadAfter(...grants);
  new CloudRunService(stack, `${name}-service`, {
    name,
    location: 'us-central1',
    image: `example.com/${name}:1`,
    identity,
    environment: { OBJECT_NAME: config.objectName, KMS_KEY_ID: key.keyId },
    dependsOn: [...grants, config.resource],
  });
}

const { json } = synthesize((stack, directory) => {
  const bucket = new PrivateBucket(stack, 'bucket', { name: 'my-secrets', location: 'us-central1' });
  addService(stack, bucket, 'orders', directory);
  addService(stack, bucket, 'invoices', directory);
});

test('two services in one stack, one bucket between them, are valid Terraform', () => {
  expect(validateStack(json, providerSchemas())).toEqual([]);
  expect(Object.keys(json.resource.google_cloud_run_service ?? {})).toHaveLength(2);
});

test.each(['orders', 'invoices'])(
  '%s has an identity, a key and an object that the other has not',
  (name) => {
    const member = `serviceAccount:${reference(`google_service_account.${name}-identity.email`)}`;
    const grants = [
      ...Object.values(json.resource.google_kms_crypto_key_iam_member ?? {}),
      ...Object.values(json.resource.google_storage_bucket_iam_member ?? {}),
    ].filter((grant) => grant.member === member);
    expect(grants).toEqual([
      expect.objectContaining({ crypto_key_id: keyId(name) }),
      expect.objectContaining({
        condition: expect.objectContaining({
          expression: `resource.name == "projects/_/buckets/${reference('google_storage_bucket.bucket.name')}/objects/${name}.enc"`,
        }),
      }),
    ]);
    const run = json.resource.google_cloud_run_service?.[`${name}-service`];
    expect(run?.template.spec.service_account_name).toBe(
      reference(`google_service_account.${name}-identity.email`),
    );
    expect(run?.depends_on.filter((address: string) => !address.includes(name))).toEqual([]);
  },
);

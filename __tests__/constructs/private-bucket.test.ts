import { join } from 'node:path';
import { evaluate } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EncryptedObject } from '../../constructs/encrypted-object.ts';
import { EncryptionKey } from '../../constructs/encryption-key.ts';
import { PrivateBucket } from '../../constructs/private-bucket.ts';
import { ServiceIdentity } from '../../constructs/service-identity.ts';
import { objectNameRule } from '../../settings/rules.ts';
import { only, reference, synthesize } from './support/synthesize.ts';

const keyId = 'projects/my-project/locations/global/keyRings/ring/cryptoKeys/key';

function grantRead(objectName: string) {
  return synthesize((stack, directory) => {
    const identity = new ServiceIdentity(stack, 'identity', { accountId: 'orders', displayName: 'Orders' });
    const bucket = new PrivateBucket(stack, 'bucket', { name: 'my-secrets', location: 'us-central1' });
    const key = new EncryptionKey(stack, 'key', { keyId });
    const encryptedFile = join(directory, 'config.enc');
    const object = new EncryptedObject(stack, 'config', { bucket, objectName, key, encryptedFile });
    object.grantRead(identity);
  }).json;
}

test('the bucket is private, versioned and can be destroyed', () => {
  const { json } = synthesize((stack) => {
    new PrivateBucket(stack, 'bucket', { name: 'my-secrets', location: 'us-central1' });
  });
  expect(only(json, 'google_storage_bucket')).toEqual({
    name: 'my-secrets',
    location: 'us-central1',
    storage_class: 'STANDARD',
    uniform_bucket_level_access: true,
    public_access_prevention: 'enforced',
    versioning: { enabled: true },
    soft_delete_policy: { retention_duration_seconds: 604_800 },
    lifecycle_rule: [
      { action: { type: 'Delete' }, condition: { num_newer_versions: 10, with_state: 'ARCHIVED' } },
    ],
    force_destroy: true,
    labels: { app: 'cloud-run-identity' },
    // What would replace it: it stays where it is, with the secrets in it.
    lifecycle: { ignore_changes: ['name', 'location', 'project'] },
  });
});

test('grantRead adds one member to the bucket, on the condition that it is this one object', () => {
  const grant = only(grantRead('config.enc'), 'google_storage_bucket_iam_member');
  expect(grant.role).toBe('roles/storage.objectViewer');
  expect(grant.bucket).toBe(reference('google_storage_bucket.bucket.name'));
  expect(grant.member).toBe(`serviceAccount:${reference('google_service_account.identity.email')}`);
  expect(grant.condition.expression).toBe(
    `resource.name == "projects/_/buckets/${reference('google_storage_bucket.bucket.name')}/objects/config.enc"`,
  );
});

/** Whether the condition holds for an object of the bucket, as IAM evaluates it. */
function holds(expression: string, objectName: string): unknown {
  return evaluate(expression, { resource: { name: `projects/_/buckets/my-secrets/objects/${objectName}` } });
}

test('the condition holds for its object only, whatever the names are', () => {
  const name = fc.oneof(
    fc.string({
      unit: fc.constantFrom('a', '"', '\\', "'", '|', ' ', '\t', 'ü', '\u2028', '😀'),
      minLength: 1,
    }),
    fc.constantFrom('a" || true || "b', '\\" || true //', 'config.enc', 'config.encx', 'x/config.enc'),
  );
  fc.assert(
    fc.property(name, name, (objectName, other) => {
      fc.pre(objectNameRule.accepts(objectName));
      const { condition } = only(grantRead(objectName), 'google_storage_bucket_iam_member');
      // Terraform puts the bucket's name in.
      const expression = condition.expression.replace(
        reference('google_storage_bucket.bucket.name'),
        'my-secrets',
      );
      expect(holds(expression, objectName)).toBe(true);
      expect(holds(expression, other)).toBe(other === objectName);
    }),
  );
});

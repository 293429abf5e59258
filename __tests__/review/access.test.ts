import { KmsCryptoKeyIamBinding } from '@cdktf/provider-google/lib/kms-crypto-key-iam-binding/index.js';
import { KmsCryptoKeyIamMember } from '@cdktf/provider-google/lib/kms-crypto-key-iam-member/index.js';
import { StorageBucketIamPolicy } from '@cdktf/provider-google/lib/storage-bucket-iam-policy/index.js';
import { expect, test } from 'vitest';
import { ROLES } from '../../constructs/roles.ts';
import { permissionsOf, reachOf } from '../../review/facts/role-permissions.ts';
import { BUCKET, IDENTITY, KEY, OBJECT, one, reviewProject, reviewStack } from './support.ts';

test('the matrix holds the two grants of the identity, and why', () => {
  const { access } = reviewProject();
  expect(access).toMatchObject([
    {
      principal: IDENTITY,
      resource: { kind: 'bucket', name: `projects/_/buckets/${BUCKET}` },
      role: 'roles/storage.objectViewer',
      condition: { title: 'one-object', expression: `resource.name == "${OBJECT}"` },
      reason: ROLES.objectViewer.reason,
    },
    {
      principal: IDENTITY,
      resource: { kind: 'key', name: KEY },
      role: 'roles/cloudkms.cryptoKeyDecrypter',
      condition: null,
      reason: ROLES.keyDecrypter.reason,
    },
  ]);
});

test('what a role brings without effect is told apart', () => {
  for (const { permissions, withoutEffect } of reviewProject().access) {
    expect(permissions).toEqual(permissions?.toSorted());
    const effective = permissions?.filter((permission) => !withoutEffect.includes(permission));
    expect(['storage.objects.get', 'cloudkms.cryptoKeyVersions.useToDecrypt']).toContain(
      one(effective ?? []),
    );
  }
});

test('without the condition, listing has an effect', () => {
  const { access } = reviewProject({}, (stack) => {
    const grants = stack.node
      .findAll()
      .filter((construct) => 'terraformResourceType' in construct)
      .filter((construct) => construct.terraformResourceType === 'google_storage_bucket_iam_member');
    one(grants as unknown as { addOverride(path: string, value: unknown): void }[]).addOverride(
      'condition',
      undefined,
    );
  });
  const row = one(access.filter(({ resource }) => resource.kind === 'bucket'));
  expect(row.condition).toBeNull();
  expect(row.withoutEffect).not.toContain('storage.objects.list');
});

test('another role for the same member is another line', () => {
  const { access } = reviewStack((stack) => {
    new KmsCryptoKeyIamMember(stack, 'grant', {
      cryptoKeyId: KEY,
      role: 'roles/cloudkms.admin',
      member: 'user:alice@example.com',
    });
  });
  expect(one(access)).toMatchObject({
    principal: 'user:alice@example.com',
    role: 'roles/cloudkms.admin',
    permissions: null,
    reason: null,
    stack: 'test',
    address: 'google_kms_crypto_key_iam_member.grant',
    path: 'test/grant',
  });
});

test('a binding is one line for each of its members', () => {
  const { access } = reviewStack((stack) => {
    new KmsCryptoKeyIamBinding(stack, 'grant', {
      cryptoKeyId: 'my-project/global/cloudrun-secrets/cloudrun-identity',
      role: 'roles/cloudkms.cryptoKeyDecrypter',
      members: ['user:b@example.com', 'user:a@example.com'],
    });
  });
  expect(access.map(({ principal }) => principal)).toEqual(['user:a@example.com', 'user:b@example.com']);
  expect(access.every(({ resource }) => resource.name === KEY)).toBe(true);
});

/** A policy that is not in the stack. */
const UNKNOWN = `\${data.google_iam_policy.policy.policy_data}`;

test.each([
  [
    JSON.stringify({ bindings: [{ role: 'roles/storage.objectViewer', members: ['allUsers'] }] }),
    'allUsers',
    'roles/storage.objectViewer',
  ],
  [UNKNOWN, UNKNOWN, UNKNOWN],
])('the policy %s is %s with %s', (policyData, principal, role) => {
  const { access } = reviewStack((stack) => {
    new StorageBucketIamPolicy(stack, 'policy', { bucket: 'b', policyData });
  });
  expect(one(access)).toMatchObject({ principal, role, resource: { name: 'projects/_/buckets/b' } });
});

test('how far every role that the project grants reaches is known', () => {
  for (const { name } of Object.values(ROLES)) expect(reachOf(name), name).not.toBeNull();
  expect(permissionsOf('roles/owner')).toBeNull();
  expect(permissionsOf('constructor')).toBeNull();
});

import { KmsCryptoKeyIamMember } from '@cdktf/provider-google/lib/kms-crypto-key-iam-member/index.js';
import { KmsKeyRingIamMember } from '@cdktf/provider-google/lib/kms-key-ring-iam-member/index.js';
import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member/index.js';
import { ServiceAccountIamMember } from '@cdktf/provider-google/lib/service-account-iam-member/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import { StorageManagedFolderIamMember } from '@cdktf/provider-google/lib/storage-managed-folder-iam-member/index.js';
import type { TerraformStack } from 'cdktf';
import { expect, test } from 'vitest';
import type { Secret } from '../../review/facts/model.ts';
import { summaryOf } from '../../review/words/summary.ts';
import { BUCKET, IDENTITY, KEY, OBJECT, one, RING, reviewProject } from './support.ts';

const alice = 'user:alice@example.com';

function readersOf({ readers }: Secret): string[] {
  return readers.map(({ principal }) => principal);
}

/** The project's secret, with more grants than the project's own. */
function secretWith(change: (stack: TerraformStack) => void): Secret {
  return one(reviewProject({}, change).secrets);
}

function grantObject(stack: TerraformStack, expression?: string, role = 'roles/storage.objectViewer'): void {
  const condition = expression === undefined ? undefined : { title: 'some', expression };
  new StorageBucketIamMember(stack, 'object', { bucket: BUCKET, role, member: alice, condition });
}

function grantKey(stack: TerraformStack, role = 'roles/cloudkms.cryptoKeyDecrypter'): void {
  new KmsCryptoKeyIamMember(stack, 'decrypt', { cryptoKeyId: KEY, role, member: alice });
}

test('the service’s own identity reads its secret, and nobody else', () => {
  const secret = one(reviewProject().secrets);
  expect(secret).toMatchObject({ object: OBJECT, key: KEY, halfway: [] });
  expect(secret.services).toEqual(['projects/my-project/locations/us-central1/services/cloudrun-identity']);
  const reader = one(secret.readers);
  expect(reader.principal).toBe(IDENTITY);
  expect(reader.ways.flat().map(({ can, certain }) => [can, certain])).toEqual([
    ['read the object', true],
    ['decrypt with the key', true],
  ]);
});

test.each<[string, (stack: TerraformStack) => void]>([
  ['the object', (stack) => grantObject(stack)],
  ['the key', (stack) => grantKey(stack)],
])('who is granted %s only is halfway', (_, change) => {
  const secret = secretWith(change);
  expect(readersOf(secret)).toEqual([IDENTITY]);
  expect(one(secret.halfway).principal).toBe(alice);
});

test.each<[string, (stack: TerraformStack) => void]>([
  ['object and key', (stack) => [grantObject(stack), grantKey(stack)]],
  [
    'the object by its condition',
    (stack) => [grantObject(stack, `resource.name == "${OBJECT}"`), grantKey(stack)],
  ],
  [
    'the object, and the key ring',
    (stack) => {
      grantObject(stack);
      const role = 'roles/cloudkms.cryptoKeyEncrypterDecrypter';
      new KmsKeyRingIamMember(stack, 'ring', { keyRingId: RING, role, member: alice });
    },
  ],
  [
    'both on the project',
    (stack) => {
      for (const role of ['roles/storage.objectAdmin', 'roles/cloudkms.cryptoKeyDecrypter']) {
        new ProjectIamMember(stack, role.replaceAll('/', '-'), {
          project: 'my-project',
          role,
          member: alice,
        });
      }
    },
  ],
])('who is granted %s reads the secret', (_, change) => {
  const secret = secretWith(change);
  expect(readersOf(secret)).toEqual([IDENTITY, alice]);
  expect(secret.readers[1]?.ways[0]?.every(({ certain }) => certain)).toBe(true);
});

test.each<[string, (stack: TerraformStack) => void]>([
  [
    'a condition that is not understood',
    (stack) => [grantObject(stack, 'request.time < timestamp("2030-01-01")'), grantKey(stack)],
  ],
  [
    'a role that is not known',
    (stack) => [grantObject(stack), grantKey(stack, 'projects/my-project/roles/custom')],
  ],
])('%s may be enough, so it counts, marked as uncertain', (_, change) => {
  const secret = secretWith(change);
  expect(readersOf(secret)).toEqual([IDENTITY, alice]);
  expect(secret.readers[1]?.ways[0]?.map(({ certain }) => certain)).toContain(false);
});

test.each<[string, (stack: TerraformStack) => void]>([
  ['another object', (stack) => [grantObject(stack, `resource.name == "${OBJECT}x"`), grantKey(stack)]],
  [
    'writing the object',
    (stack) => [grantObject(stack, undefined, 'roles/storage.objectCreator'), grantKey(stack)],
  ],
  ['encrypting', (stack) => [grantObject(stack), grantKey(stack, 'roles/cloudkms.cryptoKeyEncrypter')]],
  [
    'decrypting in another project',
    (stack) => {
      grantObject(stack);
      const role = 'roles/cloudkms.cryptoKeyDecrypter';
      new ProjectIamMember(stack, 'other', { project: 'my-project-2', role, member: alice });
    },
  ],
])('%s is not enough', (_, change) => {
  expect(readersOf(secretWith(change))).toEqual([IDENTITY]);
});

test('who may act as the identity reads its secret', () => {
  const serviceAccountId = `projects/my-project/serviceAccounts/${IDENTITY.replace('serviceAccount:', '')}`;
  const secret = secretWith((stack) => {
    const role = 'roles/iam.serviceAccountTokenCreator';
    new ServiceAccountIamMember(stack, 'act', { serviceAccountId, role, member: alice });
  });
  expect(readersOf(secret)).toEqual([IDENTITY, alice]);
  expect(secret.readers[1]?.ways[0]?.map(({ principal, can }) => [principal, can])).toEqual([
    [alice, 'act as the identity'],
    [IDENTITY, 'read the object'],
    [IDENTITY, 'decrypt with the key'],
  ]);
});

test('who may open a page that reveals the values reads the secret; a masked one gives nothing away', () => {
  const invoke = (stack: TerraformStack) => {
    const name = 'google_cloud_run_service_iam_member';
    const grant = {
      service: 'cloudrun-identity',
      location: 'us-central1',
      role: 'roles/run.invoker',
      member: alice,
    };
    stack.addOverride(`resource.${name}.alice`, grant);
  };
  expect(readersOf(one(reviewProject({ revealValues: true }, invoke).secrets))).toEqual([IDENTITY, alice]);
  expect(readersOf(one(reviewProject({}, invoke).secrets))).toEqual([IDENTITY]);
});

test('a grant on what is not followed to the secret is said to be so', () => {
  const { notReviewed, access } = reviewProject({}, (stack) => {
    const role = 'roles/storage.objectViewer';
    new StorageManagedFolderIamMember(stack, 'folder', {
      bucket: BUCKET,
      managedFolder: 'a/',
      role,
      member: alice,
    });
  });
  expect(access.map(({ principal }) => principal)).toContain(alice);
  expect(one(notReviewed).address).toBe('google_storage_managed_folder_iam_member.folder');
});

test('no service reads the secret of another, and the summary says so until one does', () => {
  const services = ['orders-service', 'billing-service'].map((name) => ({ name }));
  const review = reviewProject({ services });
  expect(review.secrets.map(readersOf)).toEqual([
    ['serviceAccount:billing-service@my-project.iam.gserviceaccount.com'],
    ['serviceAccount:orders-service@my-project.iam.gserviceaccount.com'],
  ]);
  expect(summaryOf(review)[0]).toMatchObject({
    tone: 'good',
    text: expect.stringContaining('no service can read another'),
  });

  const [billing, orders] = review.secrets as [Secret, Secret];
  const shared = reviewProject({ services }, (stack) => {
    const member = readersOf(orders)[0] ?? '';
    new StorageBucketIamMember(stack, 'object', {
      bucket: BUCKET,
      role: 'roles/storage.objectViewer',
      member,
    });
    const role = 'roles/cloudkms.cryptoKeyDecrypter';
    new KmsCryptoKeyIamMember(stack, 'decrypt', { cryptoKeyId: billing.key, role, member });
  });
  expect(readersOf(one(shared.secrets.filter(({ object }) => object === billing.object)))).toHaveLength(2);
  expect(summaryOf(shared)[0]).toMatchObject({ tone: 'bad' });
});

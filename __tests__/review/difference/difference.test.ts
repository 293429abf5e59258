import { KmsCryptoKeyIamMember } from '@cdktf/provider-google/lib/kms-crypto-key-iam-member/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import type { TerraformStack } from 'cdktf';
import { expect, test } from 'vitest';
import { differenceOf } from '../../../review/difference/difference.ts';
import { differenceMarkdownOf } from '../../../review/difference/markdown.ts';
import type { AccessChange, ReviewDifference } from '../../../review/difference/model.ts';
import { textOf } from '../../../review/difference/text.ts';
import type { Review } from '../../../review/facts/model.ts';
import { BUCKET, IDENTITY, KEY, OBJECT, one, reviewProject } from '../support.ts';

const alice = 'user:alice@example.com';
const project = reviewProject();

function gained({ access }: ReviewDifference): AccessChange[] {
  return access.filter(({ direction }) => direction === 'gained');
}

function withGrant(role: string, expression?: string): Review {
  const condition = expression === undefined ? undefined : { title: 'some', expression };
  return reviewProject({}, (stack) => {
    new StorageBucketIamMember(stack, 'grant', { bucket: BUCKET, role, member: alice, condition });
  });
}

test('a review differs in nothing from itself', () => {
  expect(differenceOf(project, reviewProject())).toEqual({ widened: false, access: [], resources: [] });
});

test('a new grant widens access; taking it away does not', () => {
  const more = withGrant('roles/storage.objectViewer');
  const difference = differenceOf(project, more);
  expect(difference.widened).toBe(true);
  expect(one(difference.access)).toMatchObject({
    direction: 'gained',
    kind: 'grant',
    who: alice,
    permissions: expect.arrayContaining(['storage.objects.get', 'storage.objects.list']),
  });
  expect(one(difference.resources)).toMatchObject({ change: 'added' });

  const back = differenceOf(more, project);
  expect(back.widened).toBe(false);
  expect(one(back.access)).toMatchObject({ direction: 'lost', who: alice });
  expect(one(back.resources)).toMatchObject({ change: 'removed' });
});

test.each<[string, Review, Review, boolean]>([
  [
    'a role within the old one',
    withGrant('roles/storage.objectUser'),
    withGrant('roles/storage.objectViewer'),
    false,
  ],
  [
    'a role beyond the old one',
    withGrant('roles/storage.objectViewer'),
    withGrant('roles/storage.objectUser'),
    true,
  ],
  [
    'a condition on what had none',
    withGrant('roles/storage.objectViewer'),
    withGrant('roles/storage.objectViewer', `resource.name == "${OBJECT}"`),
    false,
  ],
  [
    'a condition taken away',
    withGrant('roles/storage.objectViewer', `resource.name == "${OBJECT}"`),
    withGrant('roles/storage.objectViewer'),
    true,
  ],
  [
    'another condition',
    withGrant('roles/storage.objectViewer', `resource.name == "${OBJECT}"`),
    withGrant('roles/storage.objectViewer', `resource.name == "${OBJECT}2"`),
    true,
  ],
  [
    'a role that is not known',
    withGrant('roles/storage.objectUser'),
    withGrant('roles/storage.hmacKeyAdmin'),
    true,
  ],
  ['the same unknown role', withGrant('roles/storage.admin'), withGrant('roles/storage.admin'), false],
])('%s: widened or not', (_, before, after, widened) => {
  expect(differenceOf(before, after).widened).toBe(widened);
});

test('a second reader of the secret comes first', () => {
  const after = reviewProject({}, (stack) => {
    new StorageBucketIamMember(stack, 'grant', {
      bucket: BUCKET,
      role: 'roles/storage.objectViewer',
      member: alice,
    });
    const role = 'roles/cloudkms.cryptoKeyDecrypter';
    new KmsCryptoKeyIamMember(stack, 'decrypt', { cryptoKeyId: KEY, role, member: alice });
  });
  const [first] = gained(differenceOf(project, after));
  expect(first).toMatchObject({ kind: 'reader', who: alice, what: expect.stringContaining(OBJECT) });
});

test.each<[string, Review, AccessChange['kind']]>([
  ['a public invoker', reviewProject({ public: true }), 'exposure'],
  ['revealed values', reviewProject({ revealValues: true }), 'page'],
  ['another identity', reviewProject({ serviceAccountName: 'another-identity' }), 'identity'],
  [
    'public access prevention taken away',
    override((stack) =>
      stack.addOverride('resource.google_storage_bucket.bucket.public_access_prevention', 'inherited'),
    ),
    'exposure',
  ],
  [
    'what cannot be reviewed',
    override((stack) =>
      stack.addOverride('resource.google_service_account_key.key', { service_account_id: 'a' }),
    ),
    'not reviewed',
  ],
])('%s widens access', (_, after, kind) => {
  const difference = differenceOf(project, after);
  expect(difference.widened).toBe(true);
  expect(gained(difference).map((change) => change.kind)).toContain(kind);
});

function override(change: (stack: TerraformStack) => void): Review {
  return reviewProject({}, change);
}

const image = (digit: string) => `example.com/orders@sha256:${digit.repeat(64)}`;

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['another digest of the same image', { image: image('a') }, { image: image('b') }],
  ['hidden values', {}, { public: false }],
  ['no longer public', { public: true }, {}],
  ['no longer revealed', { revealValues: true }, {}],
])('%s widens nothing', (_, before, after) => {
  expect(gained(differenceOf(reviewProject(before), reviewProject(after)))).toEqual([
    // A page that was public hid more than one behind a sign-in.
    ...('public' in before ? [expect.objectContaining({ kind: 'page' })] : []),
  ]);
});

test.each<[string, Review, string, 'changed' | 'replaced', string]>([
  ['an image', reviewProject({ image: 'example.com/orders:2' }), 'google_cloud_run_service', 'changed', ''],
  [
    'another region',
    reviewProject({ region: 'europe-west1' }),
    'google_storage_bucket',
    'changed',
    'Terraform ignores it: ignore_changes.',
  ],
  ['another region', reviewProject({ region: 'europe-west1' }), 'google_cloud_run_service', 'replaced', ''],
  [
    'another file',
    reviewProject({ encryptedConfigFile: 'other.enc' }),
    'google_storage_bucket_object',
    'changed',
    'Terraform ignores it: ignore_changes.',
  ],
  [
    'another key',
    reviewProject({ keyName: 'other' }),
    'google_kms_crypto_key',
    'replaced',
    'Terraform refuses to replace it: prevent_destroy.',
  ],
  ['another key', reviewProject({ keyName: 'other' }), 'google_kms_crypto_key_iam_member', 'replaced', ''],
])('%s: what it does to a resource', (_, after, type, change, note) => {
  const { resources } = differenceOf(project, after);
  expect(one(resources.filter((resource) => resource.type === type))).toMatchObject({ change, note });
});

test('a protected resource that is taken out of the code loses its protection, which is said', () => {
  const before = project.resources.filter(({ type }) => type === 'google_kms_crypto_key');
  const { resources } = differenceOf({ ...project, resources: before }, { ...project, resources: [] });
  expect(one(resources)).toMatchObject({ change: 'removed', note: expect.stringContaining('destroys it') });
});

test('arguments are compared down to the leaf, the order of work is not', () => {
  const after = reviewProject({}, (stack) => {
    stack.addOverride('resource.google_cloud_run_service.service.template.spec.timeout_seconds', 300);
    stack.addOverride('resource.google_cloud_run_service.service.depends_on', []);
  });
  expect(one(differenceOf(project, after).resources).arguments).toEqual([
    { path: 'template.spec.timeout_seconds', before: 60, after: 300 },
  ]);
});

test('both texts say it, and no name can colour the terminal or end a line', () => {
  const hostile = '\u001b[2Juser:eve|`@example.com\n# no';
  const difference = differenceOf(project, {
    ...project,
    access: project.access.map((row) => ({ ...row, principal: hostile })),
  });
  const text = textOf(difference, process.stdout);
  expect(text).toContain('a second pair of eyes');
  expect(text).toContain('\\u{1b}[2Juser:eve');
  expect(text).not.toContain('\u001b[2J');
  const markdown = differenceMarkdownOf(difference);
  expect(markdown).toContain('a second pair of eyes');
  expect(markdown).not.toMatch(/^# no/m);
  expect(textOf(differenceOf(project, project), process.stdout)).toContain('Nothing differs.');
  expect(text).toContain(IDENTITY);
});

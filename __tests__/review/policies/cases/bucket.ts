import type {
  StorageBucket,
  StorageBucketLifecycleRule,
  StorageBucketLifecycleRuleCondition,
} from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { addResource, BUILDER, builder, IDENTITY, resourceOf, type Sample } from '../sample.ts';
import type { PolicyCase } from './policy-case.ts';

const set =
  (argument: string, value: unknown) =>
  ({ bucket }: Sample) =>
    resourceOf(bucket).addOverride(argument, value);

const rule = (condition: StorageBucketLifecycleRuleCondition, type = 'Delete') => ({
  action: { type },
  condition,
});

const rules = (lifecycleRules: StorageBucketLifecycleRule[], ...found: string[]): PolicyCase => ({
  policy: 'bucket-old-versions-bounded',
  title: `the lifecycle rules ${JSON.stringify(lifecycleRules)}`,
  change: ({ bucket }) => (resourceOf(bucket) as StorageBucket).putLifecycleRule(lifecycleRules),
  found,
});

const read =
  (expression: string | undefined, member = IDENTITY, bucket = 'my-secrets') =>
  ({ stack }: Sample) =>
    addResource(stack, 'google_storage_bucket_iam_member', {
      bucket,
      role: 'roles/storage.objectViewer',
      member,
      ...(expression && { condition: { title: 'test', expression } }),
    });

const EVERYTHING = `${IDENTITY} has roles/storage.objectViewer on the bucket projects/_/buckets/my-secrets`;
const OBJECT = 'projects/_/buckets/my-secrets/objects/orders.enc';

const FOREVER = 'old versions are kept for ever';
const DESTRUCTIVE = 'a lifecycle rule also deletes live objects';

function argumentCases(
  policy: string,
  argument: string,
  cases: readonly (readonly [value: unknown, ...found: string[]])[],
): PolicyCase[] {
  return cases.map(([value, ...found]) => ({
    policy,
    title: `${argument} ${JSON.stringify(value)}`,
    change: set(argument, value),
    found,
  }));
}

export const bucketCases: readonly PolicyCase[] = [
  ...argumentCases('bucket-uniform-access', 'uniform_bucket_level_access', [
    [false, 'access lists on single objects are possible'],
    [undefined, 'access lists on single objects are possible'],
    [true],
  ]),
  ...argumentCases('bucket-public-access-prevention', 'public_access_prevention', [
    ['inherited', 'public access prevention is "inherited"'],
    [undefined, 'public access prevention is not set'],
    ['enforced'],
  ]),
  ...argumentCases('bucket-versioning', 'versioning', [
    [{ enabled: false }, 'an overwritten object is gone'],
    [undefined, 'an overwritten object is gone'],
    [[{ enabled: true }]],
  ]),
  {
    policy: 'bucket-versioning',
    title: 'a bucket that is written as an override of the stack',
    change: ({ stack }) => stack.addOverride('resource.google_storage_bucket.extra', { name: 'extra' }),
    found: ['an overwritten object is gone'],
  },
  ...argumentCases('bucket-soft-delete', 'soft_delete_policy', [
    [{ retention_duration_seconds: 0 }, 'a deleted object is gone for good after 0 seconds'],
    [{ retention_duration_seconds: 604799 }, 'a deleted object is gone for good after 604799 seconds'],
    [undefined, 'how long a deleted object can be restored is left to the project'],
    [{ retention_duration_seconds: 604800 }],
  ]),
  rules([], FOREVER),
  rules([rule({ numNewerVersions: 3 }, 'SetStorageClass')], FOREVER),
  rules([rule({ age: 30 })], FOREVER, DESTRUCTIVE),
  rules([rule({ age: 30, withState: 'ANY' }), rule({ numNewerVersions: 3 })], DESTRUCTIVE),
  rules([rule({ age: 30, withState: 'ARCHIVED' })]),
  rules([rule({ daysSinceNoncurrentTime: 30 })]),
  rules([rule({ numNewerVersions: 3 })]),
  {
    policy: 'bucket-grant-one-object',
    title: 'no condition',
    change: read(undefined),
    found: [`${EVERYTHING} without a condition`],
  },
  ...[
    'resource.name.startsWith("projects/_/buckets/my-secrets/objects/")',
    `resource.name == "${OBJECT}" || true`,
    'resource.name == "projects/_/buckets/my-secrets/objects/"',
    'resource.name == "projects/_/buckets/another/objects/orders.enc"',
    'resource.name == "projects/_/buckets/my-secrets"',
  ].map((expression) => ({
    policy: 'bucket-grant-one-object',
    title: `the condition ${expression}`,
    change: read(expression),
    found: [`${EVERYTHING} where ${expression}`],
  })),
  {
    policy: 'bucket-grant-one-object',
    title: 'a condition that names one object',
    change: read(`resource.name == "${OBJECT}"`),
    found: [],
  },
  {
    policy: 'bucket-grant-one-object',
    title: 'a service, where no secret is',
    change: read(undefined, IDENTITY, 'sources'),
    found: [
      `${IDENTITY} has roles/storage.objectViewer on the bucket projects/_/buckets/sources without a condition`,
    ],
  },
  {
    policy: 'bucket-grant-one-object',
    title: 'an account that no service runs as, where a secret is',
    change: builder(read(undefined, BUILDER)),
    found: [
      `${BUILDER} has roles/storage.objectViewer on the bucket projects/_/buckets/my-secrets without a condition`,
    ],
  },
  {
    policy: 'bucket-grant-one-object',
    title: 'an account that no service runs as, where secrets are not known',
    change: builder(read(undefined, BUILDER, 'sources')),
    found: [
      `${BUILDER} has roles/storage.objectViewer on the bucket projects/_/buckets/sources without a condition`,
    ],
  },
  {
    policy: 'bucket-grant-one-object',
    title: 'a grant without a condition for operators, who are no service',
    change: read(undefined, 'group:operators@example.com'),
    found: [],
  },
];

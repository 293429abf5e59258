import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ServiceAccountKey } from '@cdktf/provider-google/lib/service-account-key/index.js';
import { TerraformHclModule } from 'cdktf';
import { Compile } from 'typebox/schema';
import { expect, test } from 'vitest';
import type { Review } from '../../review/facts/model.ts';
import { jsonOf } from '../../review/words/json.ts';
import { writeReview } from '../../review/words/write-review.ts';
import { BUCKET, one, reviewProject, reviewStack } from './support.ts';

const schemaFile = resolve(import.meta.dirname, '..', '..', 'docs', 'review.schema.json');
const schema = Compile(JSON.parse(readFileSync(schemaFile, 'utf8')));

const withFindings: Review = {
  ...reviewProject(),
  settings: [{ name: 'region', value: 'us-central1', source: 'default' }],
  policies: [
    {
      id: 'a',
      reason: 'b',
      findings: [
        { severity: 'error', path: 'p', address: 'a', found: 'f', fix: 'x', exception: null },
        {
          severity: 'warning',
          path: 'p',
          address: '',
          found: 'f',
          fix: 'x',
          exception: { reason: 'r', owner: 'o', until: '2999-12-31' },
        },
      ],
    },
  ],
};

test.each<[string, Review]>([
  ['the default', reviewProject()],
  ['a public service', reviewProject({ public: true })],
  [
    'several services',
    reviewProject({ services: [{ name: 'orders-service' }, { name: 'billing-service' }] }),
  ],
  ['nothing', reviewStack(() => {})],
  ['findings', withFindings],
])('the JSON of %s is what its schema describes', (_, review) => {
  expect(schema.Errors(JSON.parse(jsonOf(review)))).toEqual([true, []]);
});

test('the schema describes all of it and nothing else', () => {
  const { beyondStacks: _, ...without } = reviewProject();
  expect(schema.Check(without)).toBe(false);
  expect(schema.Check({ ...reviewProject(), more: 1 })).toBe(false);
});

test('the same stacks give the same bytes, keys sorted', () => {
  const text = jsonOf(reviewProject());
  expect(text).toBe(jsonOf(reviewProject()));
  JSON.parse(text, (_, value) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      expect(Object.keys(value)).toEqual(Object.keys(value).toSorted());
    }
    return value;
  });
});

test('a changed grant changes the matrix, the JSON, the Markdown and the HTML', () => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'review-')));
  try {
    const files = (name: string, context: Record<string, unknown>) => {
      const folder = join(directory, name);
      mkdirSync(folder);
      writeReview(reviewProject(context), folder);
      expect(readdirSync(folder).sort()).toEqual(['review.html', 'review.json', 'review.md']);
      return readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    };
    for (const text of files('closed', {})) expect(text).not.toContain('allUsers');
    for (const text of files('open', { public: true })) expect(text).toContain('allUsers');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('what an override adds or changes is in it', () => {
  const { access, resources } = reviewProject({}, (stack) => {
    const grant = { bucket: BUCKET, role: 'roles/storage.admin', member: 'allUsers' };
    stack.addOverride('resource.google_storage_bucket_iam_member.sneaky', grant);
    stack.addOverride('resource.google_storage_bucket.bucket.versioning.enabled', false);
  });
  expect(access).toContainEqual(
    expect.objectContaining({ principal: 'allUsers', address: 'google_storage_bucket_iam_member.sneaky' }),
  );
  const bucket = one(resources.filter(({ type }) => type === 'google_storage_bucket'));
  expect(bucket.arguments.versioning).toEqual({ enabled: false });
});

test('what it cannot read is said', () => {
  const { notReviewed } = reviewStack((stack) => {
    new TerraformHclModule(stack, 'module', { source: 'example.com/some/module' });
    new ServiceAccountKey(stack, 'key', { serviceAccountId: 'a' });
  });
  expect(notReviewed.map(({ address }) => address)).toEqual([
    'google_service_account_key.key',
    'module.module',
  ]);
});

test('what is used but made nowhere is listed', () => {
  expect(reviewProject().existing).toEqual([]);
  const { existing } = reviewProject({ existingBucketName: 'of-another-project' });
  expect(existing).toEqual([{ kind: 'bucket', name: 'projects/_/buckets/of-another-project' }]);
});

test('a local file is named from the project’s root, whatever the output folder', () => {
  const object = one(reviewProject().resources.filter(({ type }) => type === 'google_storage_bucket_object'));
  expect(object.arguments.source).toBe('config.enc');
});

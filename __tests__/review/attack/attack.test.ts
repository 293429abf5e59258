import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differenceOf } from '../../../review/difference/difference.ts';
import { policyFailure } from '../../../review/policies/policy-error.ts';
import { type ReviewResult, reviewFolder } from '../../../review/review-synthesis.ts';
import { summaryOf } from '../../../review/words/summary.ts';
import { runs } from '../../support/property-runs.ts';
import { type Attack, FIXED_ATTACKS, grantAttack, type Json, memberAttack } from './attacks.ts';
import { ESCAPE_HATCHES } from './escape-hatches.ts';

const golden = resolve(import.meta.dirname, '..', '..', 'golden');
const STACKS = ['cloud-run-identity-foundation', 'cloud-run-identity'];

function goldenStack(name: string): Json {
  const stack = JSON.parse(readFileSync(join(golden, `${name}.json`), 'utf8'));
  const [container] = stack.resource.google_cloud_run_service?.service.template.spec.containers ?? [];
  if (container) container.image = `${container.image.replace(/:latest$/, '')}@sha256:${'a'.repeat(64)}`;
  return stack;
}

/** `more` are files beside the stack, by name. */
function reviewWith(
  change: (stack: Json) => void,
  more: Readonly<Record<string, string>> = {},
): ReviewResult {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'attack-')));
  try {
    for (const name of STACKS) {
      const stack = goldenStack(name);
      if (name === 'cloud-run-identity') change(stack);
      mkdirSync(join(directory, name));
      writeFileSync(join(directory, name, 'cdk.tf.json'), JSON.stringify(stack));
      const files = name === 'cloud-run-identity' ? Object.entries(more) : [];
      for (const [file, text] of files) writeFileSync(join(directory, name, file), text);
    }
    return reviewFolder({ directory });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const good = reviewWith(() => {});

/** Fails unless an attack is an error or a widened access, and keeps some headline from being green. */
function expectFound({ title, apply }: Attack): void {
  expectFoundIn(title, reviewWith(apply));
}

function expectFoundIn(title: string, { review, results }: ReviewResult, before = good.review): void {
  const isError = policyFailure(results) !== undefined;
  const { widened } = differenceOf(before, review);
  if (!isError && !widened) throw new Error(`not found: ${title}`);
  if (!widened)
    expect(
      summaryOf(review).every(({ tone }) => tone === 'good'),
      title,
    ).toBe(false);
}

test('the stacks that are attacked are as good as can be, and understood in full', () => {
  const { review, results } = good;
  expect(results).toEqual([]);
  expect(summaryOf(review).map(({ tone }) => tone)).toEqual(['good', 'good', 'good', 'good']);
  const { arguments: all, understood } = review.coverage;
  expect(all).toBeGreaterThan(90);
  expect(understood).toBe(all);
  expect(differenceOf(review, reviewWith(() => {}).review).access).toEqual([]);
});

test.each(FIXED_ATTACKS)('found: $title', (attack) => expectFound(attack));

test.each(ESCAPE_HATCHES)('found: $title', ({ title, before = () => {}, apply, files = {} }) => {
  const after = reviewWith((stack) => {
    before(stack);
    apply(stack);
  }, files);
  expectFoundIn(title, after, reviewWith(before).review);
});

const public_ = { google_storage_bucket: { bucket: { public_access_prevention: 'inherited' } } };
const member = (text: string) => ({
  google_storage_bucket_iam_member: {
    added: { bucket: 'my-project-cloudrun-identity', role: 'roles/storage.objectViewer', member: text },
  },
});

test.each<[string, Record<string, string>, ((stack: Json) => void)?]>([
  ['an override file', { 'override.tf.json': JSON.stringify({ resource: public_ }) }],
  ['an override file by its end', { 'x_override.tf.json': JSON.stringify({ resource: public_ }) }],
  ['a second file', { 'more.tf.json': JSON.stringify({ resource: member('user:mallory@example.com') }) }],
  ['a file in HCL', { 'more.tf': 'resource "x" "y" {}' }],
  ['a file of OpenTofu', { 'more.tofu': 'resource "x" "y" {}' }],
  ['a file that is no JSON', { 'more.tf.json': '{' }],
  [
    'a key that stands twice',
    { 'more.tf.json': `{"resource": ${JSON.stringify(member('allUsers'))}, "resource": {}}` },
  ],
  [
    'a variable in a file beside it',
    { 'terraform.tfvars.json': '{"who": "allUsers"}' },
    (stack) => {
      stack.variable = { who: { default: 'group:operators@example.com' } };
      Object.assign(
        stack.resource.google_storage_bucket_iam_member,
        member(`\${var.who}`).google_storage_bucket_iam_member,
      );
    },
  ],
])('found: %s', (title, files, change = () => {}) => expectFoundIn(title, reviewWith(change, files)));

test('grants are found in every form and disguise', { timeout: 600_000 }, () => {
  fc.assert(fc.property(grantAttack, expectFound), runs(150));
});

test('another member of a grant that was there before is found, too', { timeout: 600_000 }, () => {
  const isFound = ([before, after]: readonly [Attack, Attack]) => {
    const now = reviewWith(after.apply);
    const { widened } = differenceOf(reviewWith(before.apply).review, now.review);
    if (!widened && policyFailure(now.results) === undefined) throw new Error(`not found: ${after.title}`);
  };
  fc.assert(fc.property(memberAttack, isFound), runs(75));
});

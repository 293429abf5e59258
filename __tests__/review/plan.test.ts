import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { differenceOf } from '../../review/difference/difference.ts';
import { type PlanReview, reviewPlan } from '../../review/read-review.ts';
import { one } from './support.ts';

type Json = Record<string, unknown>;

/** One resource of a plan, as `terraform show -json` prints it. */
interface Change {
  readonly type: string;
  readonly name: string;
  readonly module?: string;
  readonly index?: string;
  readonly before: Json | null;
  readonly after: Json | null;
  readonly unknown?: Json;
  /** As the configuration writes it. */
  readonly expressions: Json;
}

function review(changes: readonly Change[], more: Json = {}): PlanReview {
  const address = ({ module, type, name }: Change) => `${module ? `${module}.` : ''}${type}.${name}`;
  const configured = (isIn: (change: Change) => boolean) =>
    changes.filter(isIn).map(({ type, name, expressions }) => ({
      ...{ address: `${type}.${name}`, mode: 'managed', type, name, expressions },
    }));
  const plan = {
    format_version: '1.2',
    terraform_version: '1.11.4',
    planned_values: {},
    resource_changes: changes.map((change) => ({
      address: `${address(change)}${change.index === undefined ? '' : `[${JSON.stringify(change.index)}]`}`,
      ...{ mode: 'managed', type: change.type, name: change.name },
      ...(change.module && { module_address: change.module }),
      ...(change.index !== undefined && { index: change.index }),
      change: { before: change.before, after: change.after, after_unknown: change.unknown ?? {} },
    })),
    configuration: {
      provider_config: {
        google: { name: 'google', expressions: { project: { constant_value: 'my-project' } } },
      },
      root_module: {
        resources: configured(({ module }) => module === undefined),
        module_calls: { more: { module: { resources: configured(({ module }) => module !== undefined) } } },
      },
    },
    ...more,
  };
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'plan-')));
  try {
    writeFileSync(join(directory, 'plan.json'), JSON.stringify(plan));
    return reviewPlan(join(directory, 'plan.json'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const reference = { references: ['local.x'] };

function grant(member: string | null, more: Partial<Change> = {}): Change {
  const args = { bucket: 'b', role: 'roles/storage.objectViewer', condition: [] };
  return {
    type: 'google_storage_bucket_iam_member',
    name: 'grant',
    before: null,
    after: { ...args, member, etag: 'x', id: 'y' },
    expressions: { bucket: { constant_value: 'b' }, role: reference, member: reference },
    ...more,
  };
}

test('values are those that Terraform has worked out, and what the provider adds is left out', () => {
  const { review: found } = review([grant('group:operators@example.com')]);
  expect(one(found.access)).toMatchObject({
    principal: 'group:operators@example.com',
    resource: { name: 'projects/_/buckets/b' },
    role: 'roles/storage.objectViewer',
    condition: null,
    unknown: [],
  });
  expect(found.coverage.understood).toBe(found.coverage.arguments);
});

test('the resources of a module are in it, each with its key', () => {
  const { review: found } = review([grant('allUsers', { module: 'module.more', index: 'a' })]);
  expect(one(found.access)).toMatchObject({
    principal: 'allUsers',
    address: 'google_storage_bucket_iam_member.grant["a"] in module.more',
  });
  const { findings } = one(found.policies.filter(({ id }) => id === 'access-no-public-principal'));
  expect(one(findings).severity).toBe('error');
});

test('what is known after apply is unknown', () => {
  const { review: found } = review([grant(null, { unknown: { member: true } })]);
  expect(one(found.unknown)).toMatchObject({ argument: 'member', why: 'only the deployment tells' });
});

test('what is there before is what it is compared with; what goes is not there after', () => {
  const same = { bucket: 'b', role: 'roles/storage.objectViewer', member: 'group:operators@example.com' };
  const kept = review([grant(same.member, { before: same })]);
  expect(differenceOf(kept.before, kept.review)).toMatchObject({ widened: false, access: [] });
  const opened = review([grant('allUsers', { before: same })]);
  expect(differenceOf(opened.before, opened.review).widened).toBe(true);
  const removed = review([grant(null, { before: same, after: null })]);
  expect(removed.review.access).toEqual([]);
  expect(differenceOf(removed.before, removed.review).widened).toBe(false);
});

test('what somebody changed beside Terraform is said', () => {
  const drift = {
    resource_drift: [
      { address: 'google_storage_bucket.b', change: { before: { a: 1, b: 2 }, after: { a: 1, b: 3 } } },
    ],
  };
  const { review: found } = review([], drift);
  expect(one(found.notReviewed).why).toBe('google_storage_bucket.b was changed outside of Terraform: b.');
});

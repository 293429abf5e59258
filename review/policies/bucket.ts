import { type Arguments, argumentAt, blocks, isTrue, text, wholeNumber } from '../facts/blocks.ts';
import { onlyResourceOf } from '../facts/conditions.ts';
import type { ReviewedResource } from '../facts/resources.ts';
import type { DeploymentPolicy, Violation } from './policy.ts';
import {
  accessOfIdentities,
  grantInWords,
  type ReviewedApp,
  resourcesOfType,
  runsNoService,
} from './reviewed-app.ts';

/** Google's own default: 7 days. */
const MIN_SOFT_DELETE_SECONDS = 7 * 24 * 60 * 60;

/** What protects the bucket, and how far into it a grant may reach. */
export const bucketPolicies: readonly DeploymentPolicy[] = [
  {
    id: 'bucket-uniform-access',
    severity: 'error',
    reason:
      'Access lists on single objects would open them beside IAM, and conditions on grants would not hold.',
    fix: 'Set uniform_bucket_level_access to true.',
    violations: (app) =>
      buckets(app, ({ known }) => !isTrue(known.uniform_bucket_level_access)).map((at) => ({
        at,
        found: 'access lists on single objects are possible',
      })),
  },
  {
    id: 'bucket-public-access-prevention',
    severity: 'error',
    reason: 'Without it, a single grant could open the bucket to the internet.',
    fix: 'Set public_access_prevention to "enforced".',
    violations: (app) =>
      buckets(app, ({ known }) => known.public_access_prevention !== 'enforced').map((at) => ({
        at,
        found: `public access prevention is ${quote(at.known.public_access_prevention)}`,
      })),
  },
  {
    id: 'bucket-versioning',
    severity: 'error',
    reason:
      'Without versions, a bad write is the end of the secret before it, and nothing can be rolled back.',
    fix: 'Set versioning to { enabled: true }.',
    violations: (app) =>
      buckets(app, ({ known }) => !isTrue(argumentAt(known, 'versioning', 'enabled'))).map((at) => ({
        at,
        found: 'an overwritten object is gone',
      })),
  },
  {
    id: 'bucket-soft-delete',
    severity: 'error',
    reason: 'Soft delete brings back what a mistake, or an intruder, deleted with all its versions.',
    fix: 'Set soft_delete_policy.retention_duration_seconds to 604800 (7 days) or more.',
    violations: (app) =>
      buckets(app, (bucket) => softDeleteSeconds(bucket) < MIN_SOFT_DELETE_SECONDS).map(softDelete),
  },
  {
    id: 'bucket-old-versions-bounded',
    severity: 'error',
    reason:
      'Old versions hold old secrets: they have to go some day, and the live one must never go with them.',
    fix: 'Add a lifecycle_rule that deletes, with num_newer_versions or with_state "ARCHIVED" in its condition.',
    violations: (app) =>
      buckets(app, () => true).flatMap((at) => {
        const rules = blocks(at.known.lifecycle_rule).filter(deletes);
        const unbounded = rules.some(sparesLive) ? [] : [{ at, found: 'old versions are kept for ever' }];
        const destructive = rules.every(sparesLive)
          ? []
          : [{ at, found: 'a lifecycle rule also deletes live objects' }];
        return [...unbounded, ...destructive];
      }),
  },
  {
    id: 'bucket-grant-one-object',
    severity: 'error',
    reason:
      'A service reads its own object; without the condition, it could read those of every other service.',
    fix: 'Give the grant the condition resource.name == "projects/_/buckets/BUCKET/objects/OBJECT".',
    violations: (app) =>
      accessOfIdentities(app)
        .filter(({ resource }) => /^bucket$|^storage /.test(resource.kind))
        .filter(
          ({ principal, resource }) => !(runsNoService(app, principal) && holdsNoSecret(app, resource.name)),
        )
        .filter(({ resource, condition }) => {
          const objects = `${resource.name}/objects/`;
          const only = onlyResourceOf(condition) ?? '';
          return !only.startsWith(objects) || only === objects;
        })
        .map((grant) => {
          const where = grant.condition ? `where ${grant.condition.expression}` : 'without a condition';
          return { at: grant, found: `${grantInWords(grant)} ${where}` };
        }),
  },
];

function buckets(app: ReviewedApp, matches: (bucket: ReviewedResource) => boolean): ReviewedResource[] {
  return resourcesOfType(app, 'google_storage_bucket').filter(matches);
}

/** Whether every secret is known, and is elsewhere. */
function holdsNoSecret({ facts: { secrets } }: ReviewedApp, bucket: string): boolean {
  const bucketOf = (object: string) => /^(projects\/_\/buckets\/[\w.-]+)\/objects\//.exec(object)?.[1];
  return secrets.length > 0 && secrets.every(({ object }) => ![undefined, bucket].includes(bucketOf(object)));
}

function softDeleteSeconds({ known }: ReviewedResource): number {
  return wholeNumber(argumentAt(known, 'soft_delete_policy', 'retention_duration_seconds')) ?? 0;
}

function softDelete(resource: ReviewedResource): Violation {
  const isSet = argumentAt(resource.known, 'soft_delete_policy') !== undefined;
  const found = isSet
    ? `a deleted object is gone for good after ${softDeleteSeconds(resource)} seconds`
    : 'how long a deleted object can be restored is left to the project';
  return { at: resource, found };
}

function deletes(rule: Arguments): boolean {
  return argumentAt(rule, 'action', 'type') === 'Delete';
}

/** All conditions of a rule must hold; each of these holds for no live version. */
function sparesLive(rule: Arguments): boolean {
  const condition = blocks(rule.condition)[0] ?? {};
  return (
    condition.with_state === 'ARCHIVED' ||
    (wholeNumber(condition.num_newer_versions) ?? 0) > 0 ||
    (wholeNumber(condition.days_since_noncurrent_time) ?? 0) > 0 ||
    condition.noncurrent_time_before !== undefined
  );
}

function quote(value: unknown): string {
  return text(value) === undefined ? 'not set' : `"${value}"`;
}

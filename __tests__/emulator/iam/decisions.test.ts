import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Authorizer, type Decision, type Resource } from '../../../emulator/iam/authorizer.ts';
import { compileCondition } from '../../../emulator/iam/condition.ts';
import type { Binding, Policy } from '../../../emulator/iam/policy.ts';
import type { Principal } from '../../../emulator/iam/principal.ts';
import { ROLES } from '../../../emulator/iam/roles.ts';

const now = () => new Date('2026-01-01T00:00:00Z');
const resource: Resource = {
  name: 'projects/_/buckets/b/objects/o',
  type: 'storage.googleapis.com/Object',
  service: 'storage.googleapis.com',
  policies: ['projects/_/buckets/b', 'projects/p'],
};
const attributes = {
  resource: { name: resource.name, type: resource.type, service: resource.service },
  request: { time: now() },
};

function authorizerWith(policies: Readonly<Record<string, readonly Binding[]>>): Authorizer {
  const authorizer = new Authorizer({ now });
  const saved = Object.entries(policies).map(([name, bindings]): [string, Policy] => [
    name,
    { version: 3, etag: '', bindings },
  ]);
  authorizer.load(saved);
  return authorizer;
}

/** IAM's rule word for word: the first binding, from the resource upwards, that fits in all respects. */
function decideByReadingAll(
  policies: Readonly<Record<string, readonly Binding[]>>,
  { member }: Principal,
  permission: string,
  { policies: names, ignoresPublicMembers }: Resource,
): Decision {
  const basicRoles = { projectOwner: 'roles/owner', projectViewer: 'roles/viewer' };
  const isOf = (kind: keyof typeof basicRoles) =>
    (policies['projects/p'] ?? []).some(
      ({ role, members }) => role === basicRoles[kind] && members.includes(member ?? ''),
    );
  const includes = (named: string) => {
    if (named === 'allUsers') return !ignoresPublicMembers;
    if (member === undefined) return false;
    if (named === 'allAuthenticatedUsers') return !ignoresPublicMembers;
    const [kind = ''] = named.split(':');
    return named === member || (Object.hasOwn(basicRoles, kind) && isOf(kind as keyof typeof basicRoles));
  };
  for (const policy of names) {
    const binding = (policies[policy] ?? []).find(
      ({ role, members, condition }) =>
        ROLES.get(role)?.has(permission) &&
        members.some(includes) &&
        (!condition || compileCondition(condition.expression)(attributes)),
    );
    if (binding) return { granted: true, policy, binding };
  }
  return { granted: false };
}

const MEMBERS = [
  'user:a@example.com',
  'user:b@example.com',
  'serviceAccount:s@p.iam.gserviceaccount.com',
  'deleted:serviceAccount:s@p.iam.gserviceaccount.com?uid=1',
  'projectOwner:p',
  'projectViewer:p',
  'allUsers',
  'allAuthenticatedUsers',
];
const CONDITIONS = [
  undefined,
  ...[
    'true',
    `resource.name == "${resource.name}"`,
    'resource.name == "another"',
    'request.time < timestamp("2020-01-01T00:00:00Z")',
    '1 / 0 == 1',
    'no CEL (',
  ].map((expression) => ({ expression })),
];
const bindings = fc.array(
  fc
    .record({
      role: fc.constantFrom(
        'roles/storage.objectViewer',
        'roles/storage.admin',
        'roles/owner',
        'roles/viewer',
        'roles/unknown',
      ),
      members: fc.uniqueArray(fc.constantFrom(...MEMBERS), { minLength: 1, maxLength: 3 }),
      condition: fc.constantFrom(...CONDITIONS),
    })
    .map(({ condition, ...binding }): Binding => ({ ...binding, ...(condition && { condition }) })),
  { maxLength: 6 },
);
const principals = fc.constantFrom<Principal>(
  { member: undefined },
  ...MEMBERS.slice(0, 3).map((member) => ({ member })),
);
const permissions = fc.constantFrom(
  'storage.objects.get',
  'storage.objects.create',
  'resourcemanager.projects.get',
);

describe('a decision', () => {
  it('is what reading all bindings in their order gives, down to the binding that grants', () => {
    fc.assert(
      fc.property(
        bindings,
        bindings,
        principals,
        permissions,
        fc.boolean(),
        (bucket, project, principal, permission, ignoresPublicMembers) => {
          const policies = { 'projects/_/buckets/b': bucket, 'projects/p': project };
          const asked = { ...resource, ignoresPublicMembers };
          expect(authorizerWith(policies).decide(principal, permission, asked)).toEqual(
            decideByReadingAll(policies, principal, permission, asked),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('looks at no binding that does not name the principal', () => {
    let reads = 0;
    const role = 'roles/storage.objectViewer';
    const others = Array.from({ length: 100 }, (_, index): Binding => {
      const binding: Binding = { role, members: [`user:other-${index}@example.com`] };
      const get = (value: unknown) => () => {
        reads += 1;
        return value;
      };
      return Object.defineProperties(
        { ...binding },
        {
          role: { get: get(role) },
          members: { get: get(binding.members) },
          condition: { get: get(undefined) },
        },
      );
    });
    const own: Binding = { role, members: ['user:a@example.com'] };
    const authorizer = authorizerWith({
      'projects/_/buckets/b': [...others, own],
      'projects/p': others,
      'projects/_/buckets/other': others,
    });
    const before = reads;
    expect(before).toBeGreaterThan(0);
    const decide = (member: string) => authorizer.decide({ member }, 'storage.objects.get', resource);
    expect(decide('user:a@example.com')).toMatchObject({ granted: true, binding: own });
    expect(decide('user:stranger@example.com')).toEqual({ granted: false });
    expect(reads).toBe(before);
  });
});

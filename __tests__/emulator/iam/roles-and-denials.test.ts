import { describe, expect, it } from 'vitest';
import { checkCondition, compileCondition } from '../../../emulator/iam/condition.ts';
import { grant, localCloud } from '../support.ts';

const local = localCloud({ groups: { 'team@example.com': ['user:ann@example.com'] } });
const project = '/crm/v1/projects/demo-project';
const ROLES = ['projects/demo-project', 'organizations/987654321098'];

/** Whether somebody may read the project. */
const reads = async (as: string) => (await local.call('GET', project, { as })).status === 200;

describe.each(ROLES)('a role of %s', (parent) => {
  const roles = `/iam/v1/${parent}/roles`;

  it('grants what it includes, at this moment', async () => {
    const user = `user:${parent.slice(0, 3)}@example.com`;
    const role = { title: 'Looker', includedPermissions: ['storage.buckets.list'], stage: 'GA' };
    const made = await local.call('POST', roles, { body: { roleId: 'looker', role } });
    expect(made.body).toMatchObject({ name: `${parent}/roles/looker`, ...role });
    expect((await grant(local.cloud, project, made.body.name, user)).status).toBe(200);
    expect(await reads(user)).toBe(false);
    const more = { includedPermissions: ['resourcemanager.projects.get'] };
    await local.call('PATCH', `${roles}/looker?updateMask=includedPermissions`, { body: more });
    expect(await reads(user)).toBe(true);
    await local.call('PATCH', `${roles}/looker?updateMask=stage`, { body: { stage: 'DISABLED' } });
    expect(await reads(user)).toBe(false);
    await local.call('PATCH', `${roles}/looker?updateMask=stage`, { body: { stage: 'GA' } });
    await local.call('DELETE', `${roles}/looker`);
    expect(await reads(user)).toBe(false);
    expect((await local.call('GET', roles)).body.roles ?? []).toEqual([]);
    expect((await grant(local.cloud, project, made.body.name, 'user:other@example.com')).status).toBe(400);
    await local.call('POST', `${roles}/looker:undelete`, { body: {} });
    expect(await reads(user)).toBe(true);
    expect((await local.call('GET', `${roles}?view=FULL`)).body.roles).toMatchObject([more]);
  });

  it('is refused to who may not make one, or where it is none', async () => {
    const body = { roleId: 'other', role: { includedPermissions: ['storage.objects.get'] } };
    expect((await local.call('POST', roles, { body, as: 'user:nobody@example.com' })).status).toBe(403);
    const wrong = { roleId: 'wrong', role: { includedPermissions: ['everything'] } };
    expect((await local.call('POST', roles, { body: wrong })).body.error.message).toContain('everything');
  });
});

describe('a deny policy', () => {
  const at = (point: string) =>
    `/v2/policies/${encodeURIComponent(`cloudresourcemanager.googleapis.com/${point}`)}/denypolicies`;
  const rule = (denyRule: object) => ({ displayName: 'no', rules: [{ denyRule }] });
  const GET_PROJECT = 'cloudresourcemanager.googleapis.com/projects.get';

  it.each<[string, string, object, boolean]>([
    [
      'of a person',
      'projects/demo-project',
      { deniedPrincipals: ['principal://goog/subject/ann@example.com'] },
      false,
    ],
    [
      'of a group, at the organization',
      'organizations/987654321098',
      { deniedPrincipals: ['principalSet://goog/group/team@example.com'] },
      false,
    ],
    [
      'of everybody but her',
      'projects/demo-project',
      {
        deniedPrincipals: ['principalSet://goog/public:all'],
        exceptionPrincipals: ['principal://goog/subject/ann@example.com'],
      },
      true,
    ],
    [
      'of somebody else',
      'projects/demo-project',
      { deniedPrincipals: ['principal://goog/subject/bob@example.com'] },
      true,
    ],
    [
      'of all that one may do to projects',
      'projects/demo-project',
      {
        deniedPrincipals: ['principalSet://goog/public:all'],
        exceptionPrincipals: ['principal://goog/subject/owner@example.com'],
        deniedPermissions: ['cloudresourcemanager.googleapis.com/projects.*'],
      },
      false,
    ],
  ])('%s comes before every role', async (_whom, point, denyRule, may) => {
    await grant(local.cloud, project, 'roles/browser', 'user:ann@example.com');
    expect(await reads('user:ann@example.com')).toBe(true);
    const body = rule({ deniedPermissions: [GET_PROJECT], ...denyRule });
    const made = await local.call('POST', `${at(point)}?policyId=no-reading`, { body });
    expect(made.body.response).toMatchObject({ kind: 'DenyPolicy' });
    expect(await reads('user:ann@example.com')).toBe(may);
    // The troubleshooter knows allow policies alone.
    const accessTuple = {
      principal: 'ann@example.com',
      permission: 'resourcemanager.projects.get',
      fullResourceName: '//cloudresourcemanager.googleapis.com/projects/demo-project',
    };
    const explained = await local.call('POST', '/v1/iam:troubleshoot', { body: { accessTuple } });
    expect(explained.body.access).toBe('GRANTED');
    expect((await local.call('GET', at(point))).body.policies).toHaveLength(1);
    expect((await local.call('DELETE', `${at(point)}/no-reading`)).status).toBe(200);
    expect(await reads('user:ann@example.com')).toBe(true);
  });

  it('has no condition, and only what there is', async () => {
    const make = (denyRule: object) =>
      local.call('POST', `${at('projects/demo-project')}?policyId=wrong`, { body: rule(denyRule) });
    const conditional = {
      deniedPermissions: [GET_PROJECT],
      denialCondition: { expression: "resource.matchTag('1/env', 'prod')" },
    };
    expect((await make(conditional)).body.error.message).toContain('denialCondition');
    expect((await make({ deniedPrincipals: ['user:ann@example.com'] })).status).toBe(400);
    expect((await make({ deniedPermissions: ['storage.objects.get'] })).status).toBe(400);
  });
});

describe('a condition', () => {
  const name = 'projects/_/buckets/b/objects/teams/ops/key.enc';
  const attributes = {
    resource: { name, type: 'storage.googleapis.com/Object', service: 'storage.googleapis.com' },
    request: { time: new Date('2026-11-27T12:00:00Z') },
  };

  it.each<[string, boolean]>([
    ['request.time < timestamp("2026-12-01T00:00:00Z")', true],
    ['request.time < timestamp("2026-11-01T00:00:00Z")', false],
    ['request.time.getHours("Europe/Berlin") == 13 && request.time.getDayOfWeek() == 5', true],
    [
      'resource.type == "storage.googleapis.com/Object" && resource.service != "cloudkms.googleapis.com"',
      true,
    ],
    ['resource.name.extract("objects/teams/{team}/") == "ops"', true],
    [
      'resource.name.startsWith("projects/_/buckets/b/objects/teams/") && resource.name.endsWith(".enc")',
      true,
    ],
    ['resource.name.startsWith("projects/_/buckets/other/")', false],
  ])('%s is %s', (expression, holds) => {
    checkCondition(expression);
    expect(compileCondition(expression)(attributes)).toBe(holds);
  });

  it.each([
    "resource.matchTag('1/env', 'prod')",
    "resource.hasTagKey('1/env')",
    'request.auth.access_levels.size() > 0',
    "api.getAttribute('x', []) == []",
  ])('that is not emulated is refused by name: %s', (expression) => {
    const [asked = ''] = /^[\w.]+(?=[.(])/.exec(expression.replace('.access_levels', '')) ?? [];
    expect(() => checkCondition(expression)).toThrow(`does not emulate: ${asked.replace('.size', '')}`);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { grant, localCloud } from './support.ts';

let now = new Date('2026-01-01T00:00:00Z');
const context = localCloud({ now: () => now, policyPropagationSeconds: 120 });
const reader = 'user:reader@example.com';
const ring = 'projects/demo-project/locations/global/keyRings/ring';
const key = `${ring}/cryptoKeys/key`;
const condition = { title: 'until', expression: 'request.time < timestamp("2026-01-01T01:00:00Z")' };

const troubleshoot = (
  principal: string,
  permission: string,
  fullResourceName = `//cloudkms.googleapis.com/${key}`,
) =>
  context.call('POST', '/policytroubleshooter/v1/iam:troubleshoot', {
    body: { accessTuple: { principal, permission, fullResourceName } },
  });

beforeAll(async () => {
  await context.call('POST', '/kms/v1/projects/demo-project/locations/global/keyRings?keyRingId=ring');
  await context.call('POST', `/kms/v1/${ring}/cryptoKeys?cryptoKeyId=key`, {
    body: { purpose: 'ENCRYPT_DECRYPT' },
  });
});

describe('a changed policy', () => {
  it('is returned at once and in force after the propagation delay', async () => {
    await grant(context.cloud, `/kms/v1/${key}`, 'roles/cloudkms.viewer', reader, condition);
    const { body: policy } = await context.call('GET', `/kms/v1/${key}:getIamPolicy`);
    expect(policy.bindings).toHaveLength(1);
    expect((await context.call('GET', `/kms/v1/${key}`, { as: reader })).status).toBe(403);
    now = new Date(now.getTime() + 119_000);
    expect((await context.call('GET', `/kms/v1/${key}`, { as: reader })).status).toBe(403);
    now = new Date(now.getTime() + 1_000);
    expect((await context.call('GET', `/kms/v1/${key}`, { as: reader })).status).toBe(200);
  });
});

describe('the policy troubleshooter', () => {
  it('names the binding that grants, and leaves its condition to the reader', async () => {
    const { body } = await troubleshoot('reader@example.com', 'cloudkms.cryptoKeys.get');
    expect(body.access).toBe('UNKNOWN_CONDITIONAL');
    expect(body.explainedPolicies[0]).toMatchObject({
      access: 'UNKNOWN_CONDITIONAL',
      fullResourceName: `//cloudkms.googleapis.com/${key}`,
      bindingExplanations: [
        {
          access: 'UNKNOWN_CONDITIONAL',
          role: 'roles/cloudkms.viewer',
          rolePermission: 'ROLE_PERMISSION_INCLUDED',
          memberships: { [reader]: { membership: 'MEMBERSHIP_INCLUDED' } },
          condition,
        },
      ],
    });
    expect(body.explainedPolicies.map((policy: { access: string }) => policy.access)).toEqual([
      'UNKNOWN_CONDITIONAL',
      'NOT_GRANTED',
      'NOT_GRANTED',
      'NOT_GRANTED',
    ]);
  });

  it('says what is missing: the permission or the member', async () => {
    const missingPermission = await troubleshoot('reader@example.com', 'cloudkms.cryptoKeys.update');
    expect(missingPermission.body.explainedPolicies[0].bindingExplanations[0].rolePermission).toBe(
      'ROLE_PERMISSION_NOT_INCLUDED',
    );
    const missingMember = await troubleshoot('other@example.com', 'cloudkms.cryptoKeys.get');
    expect(missingMember.body.explainedPolicies[0].bindingExplanations[0].memberships).toEqual({
      [reader]: { membership: 'MEMBERSHIP_NOT_INCLUDED' },
    });
  });

  it.each([
    '//storage.googleapis.com/projects/_/buckets/b',
    '//storage.googleapis.com/projects/_/buckets/b/objects/a/b.enc',
    '//iam.googleapis.com/projects/demo-project/serviceAccounts/a@demo-project.iam.gserviceaccount.com',
    '//run.googleapis.com/projects/demo-project/locations/us-central1/services/s',
    '//artifactregistry.googleapis.com/projects/123456789012/locations/us-central1/repositories/r',
    '//cloudresourcemanager.googleapis.com/projects/demo-project',
  ])('knows %s', async (name) => {
    const { status, body } = await troubleshoot('owner@example.com', 'resourcemanager.projects.get', name);
    expect(status).toBe(200);
    expect(body.explainedPolicies.at(-2)).toMatchObject({
      access: 'GRANTED',
      fullResourceName: '//cloudresourcemanager.googleapis.com/projects/demo-project',
    });
  });

  it('refuses a name that is none, and a caller whom it does not know', async () => {
    expect((await troubleshoot('a@example.com', 'x', 'projects/demo-project')).status).toBe(400);
    const answer = await context.call('POST', '/policytroubleshooter/v1/iam:troubleshoot', {
      as: null,
      body: {},
    });
    expect(answer.status).toBe(401);
  });

  it('tells only what its caller may see', async () => {
    const accessTuple = {
      principal: 'owner@example.com',
      permission: 'cloudkms.cryptoKeys.get',
      fullResourceName: `//cloudkms.googleapis.com/${key}`,
    };
    const asked = async (as: string) => {
      const answer = await context.call('POST', '/v1/iam:troubleshoot', { as, body: { accessTuple } });
      const policies: { access: string }[] = answer.body.explainedPolicies;
      return [answer.body.access, ...policies.map(({ access }) => access)];
    };
    const HIDDEN = 'UNKNOWN_INFO_DENIED';
    expect(await asked('user:nobody@example.com')).toEqual([HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN]);
    await grant(context.cloud, `/kms/v1/${ring}`, 'roles/cloudkms.admin', 'user:keeper@example.com');
    now = new Date(now.getTime() + 120_000);
    expect(await asked('user:keeper@example.com')).toEqual([
      HIDDEN,
      'NOT_GRANTED',
      'NOT_GRANTED',
      HIDDEN,
      HIDDEN,
    ]);
  });
});

describe('the audit log', () => {
  it('notes every decision, who asked, and by which role it was granted', async () => {
    await context.call('GET', `/kms/v1/${key}`, { as: reader });
    await context.call('GET', `/kms/v1/${key}?quotaUser=in-the-query`, { as: 'user:stranger@example.com' });
    const [granted, refused] = context.cloud.auditLog().slice(-2);
    expect(granted).toMatchObject({
      member: reader,
      permission: 'cloudkms.cryptoKeys.get',
      resource: key,
      granted: true,
      role: 'roles/cloudkms.viewer',
      policy: key,
      request: `GET /kms/v1/${key}`,
    });
    expect(refused).toMatchObject({ member: 'user:stranger@example.com', granted: false, role: undefined });
    expect(JSON.stringify(context.cloud.auditLog())).not.toMatch(/ya29|in-the-query/);
  });

  it('is read through Cloud Logging, filtered, in pages', async () => {
    const filter = 'severity=ERROR AND protoPayload.authenticationInfo.principalEmail="stranger@example.com"';
    const list = (body: object, as?: string) =>
      context.call('POST', '/logging/v2/entries:list', { body, ...(as && { as }) });
    const { body } = await list({ filter, orderBy: 'timestamp desc' });
    expect(body.entries[0].protoPayload).toMatchObject({
      serviceName: 'cloudkms.googleapis.com',
      authorizationInfo: [{ resource: key, permission: 'cloudkms.cryptoKeys.get', granted: false }],
    });
    const page = await list({ pageSize: 1 });
    expect(page.body.entries).toHaveLength(1);
    expect(page.body.nextPageToken).toBeDefined();
    expect((await list({ filter: 'NOT a filter' })).status).toBe(400);
    expect((await list({}, reader)).status).toBe(403);
  });
});

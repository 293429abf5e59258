import { describe, expect, it } from 'vitest';
import { compileCondition } from '../../emulator/iam/condition.ts';
import { ROLES } from '../../emulator/iam/roles.ts';
import { call, grant, localCloud } from './support.ts';

const context = localCloud();
const accountsPath = '/iam/v1/projects/demo-project/serviceAccounts';
const projectPath = '/crm/v1/projects/demo-project';

async function createAccount(accountId: string) {
  return context.call('POST', accountsPath, {
    body: { accountId, serviceAccount: { displayName: accountId } },
  });
}

describe('credentials', () => {
  it('refuses a request without a token', async () => {
    const { status, body } = await context.call('GET', projectPath, { as: null });
    expect(status).toBe(401);
    expect(body.error.status).toBe('UNAUTHENTICATED');
    expect(body.error.details[0].reason).toBe('CREDENTIALS_MISSING');
  });

  it.each([
    ['made up', () => 'ya29.made-up'],
    [
      'altered',
      () => context.cloud.tokenFor(context.cloud.owner).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    ],
    [
      'of another cloud',
      () => 'ya29.eyJzdWIiOiJ1c2VyOm93bmVyQGV4YW1wbGUuY29tIiwiZXhwIjo5OTk5OTk5OTk5fQ.c2lnbmF0dXJl',
    ],
    ['expired', () => context.cloud.tokenFor(context.cloud.owner, { lifetimeSeconds: -1 })],
  ])('refuses a token that is %s', async (_, token) => {
    const { status, body } = await context.call('GET', projectPath, { token: token() });
    expect(status).toBe(401);
    expect(body.error.message).toMatch(/^Request had invalid authentication credentials\./);
  });
});

describe('service accounts', () => {
  it('are created with what the provider reads back', async () => {
    const { status, body } = await createAccount('first-account');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'projects/demo-project/serviceAccounts/first-account@demo-project.iam.gserviceaccount.com',
      email: 'first-account@demo-project.iam.gserviceaccount.com',
      projectId: 'demo-project',
      displayName: 'first-account',
      uniqueId: expect.stringMatching(/^\d{21}$/),
    });
  });

  it('are created once', async () => {
    await createAccount('only-once');
    const { status, body } = await createAccount('only-once');
    expect(status).toBe(409);
    expect(body.error.message).toBe(
      'Service account only-once already exists within project projects/demo-project.',
    );
  });

  it.each(['short', 'Upper-case', 'ends-with-', '1digit-first', 'a'.repeat(31)])(
    'refuse the id %s',
    async (id) => {
      const { status, body } = await createAccount(id);
      expect(status).toBe(400);
      expect(body.error.status).toBe('INVALID_ARGUMENT');
    },
  );

  it('are another principal when made anew under the same name', async () => {
    const { body: account } = await createAccount('come-back');
    const member = `serviceAccount:${account.email}`;
    const before = context.cloud.tokenFor(member);
    await grant(context.cloud, projectPath, 'roles/viewer', member);
    expect((await context.call('GET', projectPath, { as: member })).status).toBe(200);

    await context.call('DELETE', `${accountsPath}/${account.email}`);
    await createAccount('come-back');

    expect((await context.call('GET', projectPath, { as: member })).status).toBe(403);
    expect((await context.call('GET', projectPath, { token: before })).status).toBe(401);
    const { body: policy } = await context.call('POST', `${projectPath}:getIamPolicy`);
    expect(policy.bindings).toContainEqual({
      role: 'roles/viewer',
      members: [`deleted:${member}?uid=${account.uniqueId}`],
    });
  });
});

describe('policies', () => {
  it('tell who lacks which permission on what', async () => {
    const { status, body } = await context.call('GET', projectPath, { as: 'user:stranger@example.com' });
    expect(status).toBe(403);
    expect(body.error.message).toBe(
      "Permission 'resourcemanager.projects.get' denied on resource 'projects/demo-project' (or it may not exist).",
    );
    expect(body.error.details[0]).toEqual({
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'IAM_PERMISSION_DENIED',
      domain: 'iam.googleapis.com',
      metadata: { permission: 'resourcemanager.projects.get', resource: 'projects/demo-project' },
    });
  });

  it('let one of two concurrent writers win', async () => {
    const { body: policy } = await context.call('POST', `${projectPath}:getIamPolicy`);
    const write = () => context.call('POST', `${projectPath}:setIamPolicy`, { body: { policy } });
    const statuses = [(await write()).status, (await write()).status];
    expect(statuses).toEqual([200, 409]);
  });

  it.each([
    [
      'a malformed member',
      { bindings: [{ role: 'roles/viewer', members: ['nobody'] }] },
      /Invalid member: nobody/,
    ],
    [
      'an unknown role',
      { bindings: [{ role: 'roles/vewer', members: ['allUsers'] }] },
      /Role roles\/vewer is not supported/,
    ],
    [
      'a condition in a policy of version 1',
      {
        version: 1,
        bindings: [{ role: 'roles/viewer', members: ['allUsers'], condition: { expression: 'true' } }],
      },
      /must have version 3/,
    ],
    [
      'a condition that is no CEL',
      {
        version: 3,
        bindings: [
          { role: 'roles/viewer', members: ['allUsers'], condition: { expression: 'resource.name ==' } },
        ],
      },
      /Condition expression compilation failed/,
    ],
    [
      'a condition on an unknown attribute',
      {
        version: 3,
        bindings: [
          { role: 'roles/viewer', members: ['allUsers'], condition: { expression: 'resource.owner == "x"' } },
        ],
      },
      /Condition expression compilation failed/,
    ],
  ])('refuse %s and stay as they were', async (_, policy, message) => {
    const before = await context.call('POST', `${projectPath}:getIamPolicy`);
    const { status, body } = await context.call('POST', `${projectPath}:setIamPolicy`, { body: { policy } });
    expect(status).toBe(400);
    expect(body.error.message).toMatch(message);
    expect(await context.call('POST', `${projectPath}:getIamPolicy`)).toEqual(before);
  });

  it('hold only while their condition does', async () => {
    const member = 'user:temporary@example.com';
    const past = { title: 'over', expression: 'request.time < timestamp("2020-01-01T00:00:00Z")' };
    await grant(context.cloud, projectPath, 'roles/browser', member, past);
    expect((await context.call('GET', projectPath, { as: member })).status).toBe(403);
    const named = { title: 'this project', expression: 'resource.name == "projects/demo-project"' };
    await grant(context.cloud, projectPath, 'roles/browser', member, named);
    expect((await context.call('GET', projectPath, { as: member })).status).toBe(200);
  });

  it('answer testIamPermissions with what is held', async () => {
    const permissions = ['resourcemanager.projects.get', 'resourcemanager.projects.delete'];
    const { body } = await context.call('POST', `${projectPath}:testIamPermissions`, {
      body: { permissions },
    });
    expect(body).toEqual({ permissions: ['resourcemanager.projects.get'] });
  });
});

describe('conditions', () => {
  const attributes = {
    resource: {
      name: 'projects/_/buckets/b/objects/a/b.enc',
      type: 'storage.googleapis.com/Object',
      service: 'storage.googleapis.com',
    },
    request: { time: new Date('2026-06-01T00:00:00Z') },
  };
  it.each([
    ['resource.name == "projects/_/buckets/b/objects/a/b.enc"', true],
    ['resource.name == "projects/_/buckets/b/objects/a"', false],
    ['resource.name.startsWith("projects/_/buckets/b/objects/a/")', true],
    [
      'resource.type == "storage.googleapis.com/Object" && resource.service == "storage.googleapis.com"',
      true,
    ],
    ['resource.name.extract("/objects/{rest}") == "a/b.enc"', true],
    ['request.time > timestamp("2026-01-01T00:00:00Z")', true],
    ['1 / 0 == 1', false],
  ])('%s is %s', (expression, expected) => {
    expect(compileCondition(expression)(attributes)).toBe(expected);
  });
});

describe('roles', () => {
  it.each([
    ['roles/cloudkms.cryptoKeyDecrypter', 'cloudkms.cryptoKeyVersions.useToDecrypt', true],
    ['roles/cloudkms.cryptoKeyDecrypter', 'cloudkms.cryptoKeyVersions.useToEncrypt', false],
    ['roles/cloudkms.admin', 'cloudkms.cryptoKeyVersions.useToDecrypt', false],
    ['roles/editor', 'cloudkms.cryptoKeyVersions.useToDecrypt', false],
    ['roles/owner', 'storage.objects.get', false],
    ['roles/storage.objectViewer', 'storage.buckets.get', false],
    ['roles/run.invoker', 'run.services.get', false],
  ])('%s and %s: %s', (role, permission, expected) => {
    expect(ROLES.get(role)?.has(permission)).toBe(expected);
  });
});

describe('addresses', () => {
  it.each([
    '/iam/v1/v1/projects/demo-project/serviceAccounts',
    '/v1/projects/demo-project/serviceAccounts',
    '/crm/v1/v1/projects/demo-project',
    '/v1/projects/123456789012',
  ])('%s is understood', async (path) => {
    expect((await context.call('GET', path)).status).toBe(200);
  });

  it('that nobody serves are refused by name', async () => {
    const { status, body } = await call(context.cloud, 'GET', '/compute/v1/projects/demo-project/zones');
    expect(status).toBe(404);
    expect(body.error.message).toContain('/compute/v1/projects/demo-project/zones (GET)');
  });

  it('take no field that would become a prototype, however it is escaped', async () => {
    for (const [id, name] of ['__proto__', '\\u005f_proto__'].entries()) {
      const body = `{"accountId":"no-prototype-${id}","serviceAccount":{"${name}":{"displayName":"inherited"}}}`;
      const { status, body: account } = await context.call('POST', accountsPath, { body });
      expect(status).toBe(200);
      expect(account.displayName).toBeUndefined();
    }
  });

  it('take no malformed JSON', async () => {
    const { status, body } = await context.call('POST', accountsPath, { body: '{"accountId":' });
    expect(status).toBe(400);
    expect(body.error.message).toMatch(/^Invalid JSON payload received\./);
  });
});

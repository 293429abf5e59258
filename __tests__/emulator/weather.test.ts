import { expect, it } from 'vitest';
import { grant, localCloud } from './support.ts';

let now = new Date('2026-01-01T00:00:00Z');
const later = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1000);
};
const local = localCloud({ weather: 'unkind', now: () => now, enabledServices: [] });
const KMS = '/kms/v1/projects/demo-project/locations/global/keyRings';
const KEY = `${KMS}/ring/cryptoKeys/key`;
const enable = (service: string) =>
  local.call('POST', `/serviceusage/v1/projects/demo-project/services/${service}:enable`, { body: {} });

it.each([
  ['policytroubleshooter', 'POST', '/v1/iam:troubleshoot', 400],
  ['logging', 'POST', '/v2/entries:list', 200],
  ['cloudkms', 'GET', KMS, 200],
  ['sts', 'POST', '/v1/token', 400],
])(
  '%s is off in a new project, and a while longer once it is enabled',
  async (name, method, path, status) => {
    const ask = () => local.call(method, path, method === 'POST' ? { body: {} } : {});
    const off = await ask();
    expect([off.status, off.body.error.details[0].reason]).toEqual([403, 'SERVICE_DISABLED']);
    await enable(`${name}.googleapis.com`);
    expect((await ask()).status).toBe(403);
    later(1);
    expect((await ask()).status).toBe(status);
  },
);

it('who encrypts follows a new primary version later; by its name it encrypts at once', async () => {
  await enable('cloudkms.googleapis.com');
  later(1);
  await local.call('POST', `${KMS}?keyRingId=ring`, { body: {} });
  await local.call('POST', `${KMS}/ring/cryptoKeys?cryptoKeyId=key`, {
    body: { purpose: 'ENCRYPT_DECRYPT' },
  });
  await local.call('POST', `${KEY}/cryptoKeyVersions`, { body: {} });
  const body = { plaintext: 'AAAA' };
  const used = async (path = KEY) =>
    (await local.call('POST', `${path}:encrypt`, { body })).body.name.slice(-1);
  const changed = await local.call('POST', `${KEY}:updatePrimaryVersion`, {
    body: { cryptoKeyVersionId: '2' },
  });
  expect(changed.body.primary.name).toMatch(/\/2$/);
  expect([await used(), await used(`${KEY}/cryptoKeyVersions/2`)]).toEqual(['1', '2']);
  later(1);
  expect(await used()).toBe('2');
});

it("the owner of a project does not see the organization's policy, and a person's token is for gcloud", async () => {
  expect((await local.call('GET', '/crm/v3/organizations/987654321098')).status).toBe(403);
  const token = await local.cloud.identityTokenFor('user:ann@example.com', 'https://service.example.com');
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect(claims.aud).toBe('32555940559.apps.googleusercontent.com');
  const project = '/crm/v1/projects/demo-project';
  await grant(local.cloud, project, 'roles/browser', 'user:ann@example.com');
  expect((await local.call('GET', project, { as: 'user:ann@example.com' })).status).toBe(403);
  later(1);
  expect((await local.call('GET', project, { as: 'user:ann@example.com' })).status).toBe(200);
});

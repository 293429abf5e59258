import { createLocalJWKSet, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { localCloud } from './support.ts';

const context = localCloud();
const email = 'reader@demo-project.iam.gserviceaccount.com';
let base: string;

const get = (path: string, headers: Record<string, string> = { 'Metadata-Flavor': 'Google' }) =>
  fetch(`${base}/computeMetadata/v1/${path}`, { headers });

beforeAll(async () => {
  await context.call('POST', '/iam/v1/projects/demo-project/serviceAccounts', {
    body: { accountId: 'reader' },
  });
  base = `http://${await context.cloud.metadataServerFor(email)}`;
});

describe('the metadata server of an identity', () => {
  it.each([
    ['project/project-id', 'demo-project'],
    ['project/numeric-project-id', '123456789012'],
    ['instance/region', 'projects/123456789012/regions/us-central1'],
    ['instance/service-accounts/default/email', email],
    ['universe/universe-domain', 'googleapis.com'],
  ])('answers %s', async (path, expected) => {
    const response = await get(path);
    expect(response.headers.get('metadata-flavor')).toBe('Google');
    expect(await response.text()).toBe(expected);
  });

  it('says where the APIs of the local cloud are', async () => {
    expect(await (await get('instance/attributes/api-endpoint')).text()).toBe(context.cloud.url);
  });

  it('may have none for the first who ask', async () => {
    const { startLocalCloud } = await import('../../emulator/cloud.ts');
    const cloud = await startLocalCloud({ metadataTroubles: [404, 500] });
    const url = `http://${await cloud.metadataServerFor('a@local-project.iam.gserviceaccount.com')}/computeMetadata/v1/instance/service-accounts/default/token`;
    const statuses = [];
    for (let count = 0; count < 3; count += 1) {
      statuses.push((await fetch(url, { headers: { 'Metadata-Flavor': 'Google' } })).status);
    }
    await cloud.close();
    expect(statuses).toEqual([404, 500, 200]);
  });

  it('hands out access tokens of that identity', async () => {
    const { access_token: token, token_type } = (await (
      await get('instance/service-accounts/default/token')
    ).json()) as {
      access_token: string;
      token_type: string;
    };
    expect(token_type).toBe('Bearer');
    const { status, body } = await context.call('GET', '/crm/v1/projects/demo-project', { token });
    expect(status).toBe(403);
    expect(body.error.details[0].reason).toBe('IAM_PERMISSION_DENIED');
  });

  it('hands out identity tokens that verify against the published keys', async () => {
    const audience = 'https://service.example.com';
    const token = await (await get(`instance/service-accounts/default/identity?audience=${audience}`)).text();
    const keys = await (await fetch(`${context.cloud.url}/oauth2/v3/certs`)).json();
    const verified = await jwtVerify(
      token,
      createLocalJWKSet(keys as Parameters<typeof createLocalJWKSet>[0]),
      { audience },
    );
    expect(verified.payload).toMatchObject({ email, email_verified: true });
    expect((await get('instance/service-accounts/default/identity')).status).toBe(400);
  });

  it.each([
    ['without its header', {}],
    ['through a proxy', { 'Metadata-Flavor': 'Google', 'X-Forwarded-For': '203.0.113.7' }],
  ])('refuses a request %s', async (_, headers) => {
    const response = await get('instance/service-accounts/default/token', headers as Record<string, string>);
    expect(response.status).toBe(403);
    expect(await response.text()).not.toContain('ya29');
  });
});

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ExternalAccountClient, GoogleAuth } from 'google-auth-library';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { clientEnvironment } from '../../emulator/client-environment.ts';
import { temporaryDirectory } from '../cli/support/project.ts';
import { runCommand } from '../cli/support/run.ts';
import { createReadyScene, sampleConfig } from '../support/scene.ts';
import { grant, localCloud } from './support.ts';

const local = localCloud();
const POOLS = '/iam/v1/projects/demo-project/locations/global/workloadIdentityPools';
const POOL = 'iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/pipelines';
const AUDIENCE = `//${POOL}/providers/actions`;
const ISSUER = 'https://ci.example.com';
const claims = { sub: 'repo:acme/app:ref:refs/heads/main', repository: 'acme/app', teams: ['ops'], run: 7 };
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

const oidcToken = (own: object = {}, audience = `https:${AUDIENCE}`, lifetime = 300) =>
  new SignJWT({ ...claims, ...own })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer(ISSUER)
    .setAudience(audience)
    .setIssuedAt(Math.floor(Date.now() / 1000) - 60)
    .setExpirationTime(Math.floor(Date.now() / 1000) + lifetime)
    .sign(keys.privateKey);

const provider = async () => ({
  attributeMapping: {
    'google.subject': 'assertion.sub',
    'google.groups': 'assertion.teams',
    'attribute.repository': 'assertion.repository',
    'attribute.owner': 'assertion.repository.extract("{owner}/")',
  },
  attributeCondition: 'attribute.owner == "acme" && assertion.repository.startsWith("acme/")',
  oidc: {
    issuerUri: ISSUER,
    jwksJson: JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256' }] }),
  },
});

async function exchange(subjectToken: string, more: object = {}) {
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: AUDIENCE,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: subjectToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    ...more,
  });
  const response = await fetch(`${local.cloud.url}/v1/token`, { method: 'POST', body: form });
  const body = (await response.json()) as Record<string, string>;
  return {
    status: response.status,
    token: body.access_token,
    error: body.error,
    why: body.error_description,
  };
}

/** What a pipeline has in its credentials file. */
async function credentialsFile(account?: string): Promise<object> {
  const file = path.join(directory.path, 'oidc.txt');
  await writeFile(file, await oidcToken());
  const impersonated = `${local.cloud.url}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`;
  return {
    type: 'external_account',
    audience: AUDIENCE,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${local.cloud.url}/v1/token`,
    ...(account && { service_account_impersonation_url: impersonated }),
    credential_source: { file },
  };
}

beforeAll(async () => {
  keys = await generateKeyPair('ES256');
  directory = await temporaryDirectory();
  await local.call('POST', `${POOLS}?workloadIdentityPoolId=pipelines`, { body: { displayName: 'CI' } });
  const made = await local.call(
    'POST',
    `${POOLS}/pipelines/providers?workloadIdentityPoolProviderId=actions`,
    {
      body: await provider(),
    },
  );
  expect(made.body).toMatchObject({ done: true, response: { state: 'ACTIVE' } });
});
afterAll(() => directory.remove());

describe('a token of another provider', () => {
  it.each([
    [`principal://${POOL}/subject/${claims.sub}`, 200],
    [`principalSet://${POOL}/group/ops`, 200],
    [`principalSet://${POOL}/attribute.repository/acme/app`, 200],
    [`principalSet://${POOL}/*`, 200],
    [`principalSet://${POOL}/attribute.repository/acme/other`, 403],
    [`principal://${POOL}/subject/repo:acme/other:ref:refs/heads/main`, 403],
  ])('is the principal that policies call %s', async (member, status) => {
    const project = '/crm/v1/projects/demo-project';
    const { body: before } = await local.call('POST', `${project}:getIamPolicy`, { body: {} });
    await grant(local.cloud, project, 'roles/browser', member);
    const { token } = await exchange(await oidcToken());
    expect((await local.call('GET', project, { token: token ?? '' })).status).toBe(status);
    const { etag: _etag, ...policy } = before;
    await local.call('POST', `${project}:setIamPolicy`, { body: { policy } });
  });

  it.each<[string, () => Promise<string>, object, string, RegExp]>([
    [
      'of another audience',
      () => oidcToken({}, 'https://other'),
      {},
      'invalid_grant',
      /does not match the expected audience/,
    ],
    ['that has expired', () => oidcToken({}, undefined, -30), {}, 'invalid_grant', /stale/],
    [
      'of another repository',
      () => oidcToken({ repository: 'evil/app' }),
      {},
      'unauthorized_client',
      /rejected by the attribute condition/,
    ],
    ['without a mapped claim', () => oidcToken({ teams: undefined }), {}, 'invalid_grant', /google.groups/],
    ['with a subject too long', () => oidcToken({ sub: 'x'.repeat(128) }), {}, 'invalid_grant', /127 bytes/],
    [
      'that somebody changed',
      async () => `${(await oidcToken()).slice(0, -6)}AAAAAA`,
      {},
      'invalid_grant',
      /cannot be verified/,
    ],
    ['that is none', async () => 'abc', {}, 'invalid_request', /no JWT/],
    [
      'for an unknown provider',
      () => oidcToken(),
      { audience: `${AUDIENCE}2` },
      'invalid_target',
      /disabled or deleted/,
    ],
    [
      'by another grant',
      () => oidcToken(),
      { grant_type: 'password' },
      'unsupported_grant_type',
      /grant type/,
    ],
  ])('%s is refused', async (_what, token, more, error, why) => {
    const answer = await exchange(await token(), more);
    expect(answer).toMatchObject({ error, why: expect.stringMatching(why) });
    expect(answer.token).toBeUndefined();
  });
});

it("a pipeline writes and reads the secret with Google's libraries, as itself or as an account", async () => {
  const scene = await createReadyScene(local.cloud);
  const { bucket, object, key } = scene.reference;
  await local.call('POST', '/iam/v1/projects/demo-project/serviceAccounts', {
    body: { accountId: 'deployer' },
  });
  const account = 'deployer@demo-project.iam.gserviceaccount.com';
  const refused = new GoogleAuth({ credentials: (await credentialsFile(account)) as never });
  await expect(refused.getAccessToken()).rejects.toThrow(/getAccessToken/);
  const path_ = `/iam/v1/projects/demo-project/serviceAccounts/${account}`;
  await grant(
    local.cloud,
    path_,
    'roles/iam.workloadIdentityUser',
    `principalSet://${POOL}/attribute.repository/acme/app`,
  );
  await grant(
    local.cloud,
    `/kms/v1/${key}`,
    'roles/cloudkms.cryptoKeyEncrypterDecrypter',
    `serviceAccount:${account}`,
  );
  await grant(
    local.cloud,
    '/crm/v1/projects/demo-project',
    'roles/storage.admin',
    `serviceAccount:${account}`,
  );
  const own = ExternalAccountClient.fromJSON((await credentialsFile()) as never);
  expect((await own?.getAccessToken())?.token).toMatch(/^ya29/);

  const file = path.join(directory.path, 'credentials.json');
  await writeFile(file, JSON.stringify(await credentialsFile(account)));
  // google-auth-library looks there, whatever environment the command is given.
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'demo-project');
  try {
    const principal = { member: '', accessToken: '', endpoint: local.cloud.url };
    const { CLOUDSDK_AUTH_ACCESS_TOKEN: _, ...environment } = clientEnvironment({
      url: local.cloud.url,
      projectId: 'demo-project',
      region: 'us-central1',
      principal,
    });
    const target = ['--bucket', bucket, '--object', object, '--kms-key', key];
    const run = (args: string[], stdin = '') =>
      runCommand([...args, ...target], { cwd: directory.path, environment, stdin });
    const put = await run(['put', '-'], JSON.stringify({ ...sampleConfig, DB_HOST: 'from-a-pipeline' }));
    expect([put.code, put.stderr]).toEqual([0, '']);
    const get = await run(['get', '--json']);
    expect(get.stdout).toContain('from-a-pipeline');
    expect(local.cloud.auditLog().at(-1)).toMatchObject({ member: `serviceAccount:${account}` });
  } finally {
    vi.unstubAllEnvs();
  }
});

it('a pool that is disabled or deleted lets nobody in, and a provider cannot be left open to everyone', async () => {
  const pool = `${POOLS}/pipelines`;
  await local.call('PATCH', `${pool}?updateMask=disabled`, { body: { disabled: true } });
  expect((await exchange(await oidcToken())).error).toBe('invalid_target');
  await local.call('PATCH', `${pool}?updateMask=disabled`, { body: { disabled: false } });
  await local.call('DELETE', pool);
  expect((await exchange(await oidcToken())).error).toBe('invalid_target');
  const again = await local.call('POST', `${POOLS}?workloadIdentityPoolId=pipelines`, { body: {} });
  expect(again.status).toBe(409);
  await local.call('POST', `${pool}:undelete`, { body: {} });
  expect((await exchange(await oidcToken())).status).toBe(200);
  const open = { ...(await provider()), oidc: { issuerUri: 'https://token.actions.githubusercontent.com' } };
  const { attributeCondition: _, ...unconditional } = open;
  const add = (body: object) =>
    local.call('POST', `${pool}/providers?workloadIdentityPoolProviderId=other`, { body });
  expect((await add(unconditional)).body.error.message).toContain('must reference one of');
  expect((await add({ ...open, attributeMapping: {} })).body.error.message).toContain('google.subject');
  expect((await add({ ...open, oidc: undefined, aws: { accountId: '1' } })).body.error.message).toContain(
    'aws',
  );
});

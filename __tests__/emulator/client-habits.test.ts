import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { grant, localCloud } from './support.ts';

/** What Google's libraries and gcloud do besides what the methods' documents say. */
const context = localCloud();
const project = 'projects/demo-project';
const key = `${project}/locations/global/keyRings/habits/cryptoKeys/key`;
const account = 'robot-1@demo-project.iam.gserviceaccount.com';

describe("Go's libraries", () => {
  it('repeat in the body what the path bears', async () => {
    await context.call('POST', `/kms/v1/${project}/locations/global/keyRings?keyRingId=habits`, { body: {} });
    const body = { purpose: 1, versionTemplate: { algorithm: 1 } };
    await context.call(
      'POST',
      `/kms/v1/${project}/locations/global/keyRings/habits/cryptoKeys?cryptoKeyId=key`,
      {
        body,
      },
    );
    const encrypted = await context.call('POST', `/kms/v1/${key}:encrypt`, {
      body: { name: key, plaintext: 'aGVsbG8=' },
    });
    expect(encrypted).toMatchObject({ status: 200, body: { name: `${key}/cryptoKeyVersions/1` } });
    const policy = { bindings: [{ role: 'roles/cloudkms.viewer', members: ['user:ann@example.com'] }] };
    for (const [verb, more] of [
      ['setIamPolicy', { policy }],
      ['testIamPermissions', { permissions: ['cloudkms.cryptoKeys.get'] }],
    ] as const) {
      const answer = await context.call('POST', `/kms/v1/${key}:${verb}`, {
        body: { resource: key, ...more },
      });
      expect([verb, answer.status]).toEqual([verb, 200]);
    }
    const wrong = await context.call('POST', `/kms/v1/${key}:encrypt`, { body: { parent: key } });
    expect(wrong).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('"parent"') } },
    });
  });
});

describe("Node's storage library with STORAGE_EMULATOR_HOST", () => {
  it('leaves out what comes before /b', async () => {
    await context.call('POST', '/b?project=demo-project', { body: { name: 'node-bucket' } });
    expect((await context.call('GET', '/b/node-bucket')).body).toMatchObject({ name: 'node-bucket' });
    expect((await context.call('GET', '/b?project=demo-project')).body.items).toHaveLength(1);
  });
});

describe('gcloud', () => {
  it('finds the projects that its principal may see', async () => {
    const mine = await context.call('GET', '/v1/projects?filter=lifecycleState:ACTIVE');
    expect(mine.body.projects).toMatchObject([{ projectId: 'demo-project', lifecycleState: 'ACTIVE' }]);
    expect((await context.call('GET', '/v1/projects', { as: 'user:nobody@example.com' })).body).toEqual({});
    expect((await context.call('GET', '/v1/projects', { as: null })).status).toBe(401);
    expect((await context.call('GET', '/v3/projects:search')).body.projects).toMatchObject([
      { state: 'ACTIVE' },
    ]);
  });

  it('lists the locations of Cloud KMS', async () => {
    const listed = await context.call('GET', `/kms/v1/${project}/locations`);
    expect(listed.body.locations.map((one: { locationId: string }) => one.locationId)).toEqual([
      'global',
      'us-central1',
    ]);
  });
});

describe('impersonation', () => {
  const generate = (verb: string, body: object, as: string) =>
    context.call('POST', `/v1/projects/-/serviceAccounts/${account}:${verb}`, { body, as });
  const pipeline = 'user:pipeline@example.com';

  it('gives tokens of a service account to whoever may have them', async () => {
    await context.call('POST', `/iam/v1/${project}/serviceAccounts`, { body: { accountId: 'robot-1' } });
    const scope = ['https://www.googleapis.com/auth/cloud-platform'];
    expect((await generate('generateAccessToken', { scope }, pipeline)).status).toBe(403);
    const accounts = `/iam/v1/${project}/serviceAccounts/${account}`;
    await grant(context.cloud, accounts, 'roles/iam.serviceAccountTokenCreator', pipeline);
    const { body } = await generate('generateAccessToken', { scope, lifetime: '60s' }, pipeline);
    const asked = await context.call('GET', '/storage/v1/b?project=demo-project', {
      token: body.accessToken,
    });
    expect(asked.body.error.message).toContain(`${account} does not have storage.buckets.list`);
    const identity = await generate('generateIdToken', { audience: 'https://a.example.com' }, pipeline);
    const claims = JSON.parse(Buffer.from(identity.body.token.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({ email: account, aud: 'https://a.example.com' });
    for (const [verb, wrong] of [
      ['generateAccessToken', {}],
      ['generateAccessToken', { scope, lifetime: '3601s' }],
      ['generateIdToken', {}],
    ] as const) {
      expect((await generate(verb, wrong, pipeline)).status).toBe(400);
    }
  });
});

describe('a list of Cloud KMS', () => {
  const versions = `/kms/v1/${key}/cryptoKeyVersions`;
  const numbers = async (filter: string) => {
    const { status, body } = await context.call('GET', `${versions}?filter=${encodeURIComponent(filter)}`);
    return status === 200
      ? (body.cryptoKeyVersions ?? []).map(({ name }: { name: string }) => name.at(-1))
      : status;
  };

  it('is filtered by what the filter says, or not at all', async () => {
    await context.call('POST', versions, { body: {} });
    await context.call('PATCH', `${versions}/1?updateMask=state`, { body: { state: 'DISABLED' } });
    expect(await numbers('state=ENABLED')).toEqual(['2']);
    expect(await numbers('state != ENABLED AND protectionLevel=SOFTWARE')).toEqual(['1']);
    expect(await numbers('state > ENABLED')).toBe(400);
    expect((await context.call('GET', `${versions}?orderBy=createTime`)).status).toBe(400);
  });
});

describe('what would become something else', () => {
  it.each([
    { versionTemplate: { protectionLevel: 'HSM' } },
    { versionTemplate: { algorithm: 'EC_SIGN_P256_SHA256' } },
    { importOnly: true },
  ])('is no key: %j', async (fields) => {
    const url = `/kms/v1/${project}/locations/global/keyRings/habits/cryptoKeys?cryptoKeyId=other`;
    const { status, body } = await context.call('POST', url, {
      body: { purpose: 'ENCRYPT_DECRYPT', ...fields },
    });
    expect([status, body.error.message]).toEqual([400, expect.stringContaining('does not emulate')]);
  });

  it.each([
    [{ replication: { automatic: {} }, ttl: '3600s' }, 'ttl'],
    [{}, 'replication policy'],
  ])('is no secret: %j', async (body, named) => {
    const answer = await context.call('POST', `/secretmanager/v1/${project}/secrets?secretId=other`, {
      body,
    });
    expect([answer.status, answer.body.error.message]).toEqual([400, expect.stringContaining(named)]);
  });
});

it('reads an object with a slash at the end of its name by the XML API', async () => {
  await context.call('POST', '/storage/v1/b?project=demo-project', { body: { name: 'slash-bucket' } });
  const headers = { authorization: `Bearer ${context.cloud.tokenFor(context.cloud.owner)}` };
  for (const name of ['folder/', 'folder', 'a//b', 'a/./b']) {
    const query = new URLSearchParams({ uploadType: 'media', name });
    const url = `${context.cloud.url}/upload/storage/v1/b/slash-bucket/o?${query}`;
    expect((await fetch(url, { method: 'POST', headers, body: name })).status).toBe(200);
  }
  for (const name of ['folder/', 'folder', 'a//b', 'a/./b']) {
    const { port } = new URL(context.cloud.url);
    const asked = request({ port, path: `/slash-bucket/${name}`, headers }).end();
    const [answer] = await once(asked, 'response');
    expect([name, answer.statusCode, await text(answer)]).toEqual([name, 200, name]);
  }
});

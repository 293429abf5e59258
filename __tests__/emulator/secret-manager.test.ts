import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { crc32c } from '../../secrets/checksum.ts';

const secrets = '/v1/projects/sample-project/secrets';
const replication = { automatic: {} };
let cloud: LocalCloud;
let count = 0;
let name: string;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
beforeEach(async () => {
  count += 1;
  name = `secret-${count}`;
  expect((await call('POST', `?secretId=${name}`, { replication })).status).toBe(200);
});
afterAll(() => cloud?.close());

async function call(method: string, url: string, body?: object, member = cloud.owner) {
  const answer = await fetch(`${cloud.url}${secrets}${url}`, {
    method,
    headers: { authorization: `Bearer ${cloud.tokenFor(member)}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, never> };
}

function payload(text: string, dataCrc32c = String(crc32c(Buffer.from(text)))) {
  return { payload: { data: Buffer.from(text).toString('base64'), dataCrc32c } };
}

describe('a secret', () => {
  test('gets versions, the latest of which is read by that name', async () => {
    await call('POST', `/${name}:addVersion`, payload('one'));
    const added = await call('POST', `/${name}:addVersion`, payload('two'));
    expect(added.body).toMatchObject({
      name: `projects/sample-project/secrets/${name}/versions/2`,
      state: 'ENABLED',
    });
    const read = async (version: string) => (await call('GET', `/${name}/versions/${version}:access`)).body;
    expect(await read('latest')).toMatchObject({ name: added.body.name, ...payload('two') });
    expect(await read('1')).toMatchObject(payload('one'));
    const { body } = await call('GET', `/${name}/versions`);
    expect(body).toMatchObject({ versions: [{ name: added.body.name }, {}], totalSize: 2 });
  });

  test('is listed and deleted', async () => {
    expect(JSON.stringify((await call('GET', '')).body)).toContain(`/secrets/${name}"`);
    await call('DELETE', `/${name}`);
    expect((await call('GET', `/${name}`)).status).toBe(404);
    expect(JSON.stringify((await call('GET', '')).body)).not.toContain(`/secrets/${name}"`);
  });

  test.each([
    ['exists', () => call('POST', `?secretId=${name}`, { replication }), 409],
    ['has a name that is none', () => call('POST', '?secretId=a.b', { replication }), 400],
    ['does not exist', () => call('POST', '/nowhere:addVersion', payload('x')), 404],
    ['has no version', () => call('GET', `/${name}/versions/latest:access`), 404],
    ['gets a damaged payload', () => call('POST', `/${name}:addVersion`, payload('x', '1')), 400],
    [
      'gets a payload that is too large',
      () => call('POST', `/${name}:addVersion`, payload('x'.repeat(65_537))),
      400,
    ],
    ['gets a field that is none', () => call('POST', `/${name}:addVersion`, { secret: 1 }), 400],
  ])('is refused when it %s', async (_, request, status) => {
    expect(await request()).toMatchObject({ status, body: { error: { code: status } } });
  });
});

describe('a version', () => {
  test('that is disabled or destroyed is not read', async () => {
    await call('POST', `/${name}:addVersion`, payload('one'));
    const version = `/${name}/versions/1`;
    await call('POST', `${version}:disable`, {});
    expect((await call('GET', `${version}:access`)).body).toMatchObject({
      error: { status: 'FAILED_PRECONDITION' },
    });
    await call('POST', `${version}:enable`, {});
    expect((await call('GET', `${version}:access`)).status).toBe(200);
    await call('POST', `${version}:destroy`, {});
    expect((await call('GET', version)).body).toMatchObject({ state: 'DESTROYED' });
    expect((await call('POST', `${version}:enable`, {})).status).toBe(400);
  });
});

test('only who is granted access reads, and only that secret', async () => {
  const reader = 'serviceAccount:reader@sample-project.iam.gserviceaccount.com';
  await call('POST', `/${name}:addVersion`, payload('one'));
  const read = () => call('GET', `/${name}/versions/1:access`, undefined, reader);
  expect((await read()).body).toMatchObject({ error: { code: 403, status: 'PERMISSION_DENIED' } });
  const bindings = [{ role: 'roles/secretmanager.secretAccessor', members: [reader] }];
  await call('POST', `/${name}:setIamPolicy`, { policy: { bindings } });
  expect((await read()).status).toBe(200);
  expect((await call('GET', '/other/versions/1:access', undefined, reader)).status).toBe(403);
  expect((await call('POST', `/${name}:addVersion`, payload('x'), reader)).status).toBe(403);
  expect((await call('GET', `/${name}:getIamPolicy`)).body).toMatchObject({ bindings });
});

test('secrets survive a restart', async () => {
  const dataDirectory = await mkdtemp(path.join(os.tmpdir(), 'secret-manager-test-'));
  const outer = cloud;
  try {
    cloud = await startLocalCloud({ projectId: 'sample-project', dataDirectory });
    await call('POST', `?secretId=${name}`, { replication });
    await call('POST', `/${name}:addVersion`, payload('kept'));
    await cloud.close();
    cloud = await startLocalCloud({ projectId: 'sample-project', dataDirectory });
    expect((await call('GET', `/${name}/versions/latest:access`)).body).toMatchObject(payload('kept'));
  } finally {
    await cloud.close();
    cloud = outer;
    await rm(dataDirectory, { recursive: true, force: true });
  }
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { NAMED_FAULTS } from '../../emulator/faults/named.ts';
import type { Fault } from '../../emulator/faults.ts';
import { crc32cBase64 } from '../../secrets/checksum.ts';
import { googleClients } from '../../secrets/clients.ts';
import { localCloud } from './support.ts';

const context = localCloud();
const OBJECT = '/storage/v1/b/faulty/o/a.txt';
const CONTENT = 'some text that is long enough to be cut';

afterEach(() => context.cloud.faults.clear());

async function makeObject() {
  const { cloud, call } = context;
  await call('POST', '/storage/v1/b?project=demo-project', { body: { name: 'faulty' } });
  const { storage } = await googleClients({ endpoint: cloud.url, accessToken: cloud.tokenFor(cloud.owner) });
  await storage.bucket('faulty').file('a.txt').save(CONTENT, { resumable: false });
}

function download() {
  const { cloud } = context;
  const headers = { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}` };
  return fetch(`${cloud.url}${OBJECT}?alt=media`, { headers });
}

test('every fault that has a name is documented, and is one', async () => {
  const docs = readFileSync(path.resolve(import.meta.dirname, '../../docs/fault-injection.md'), 'utf8');
  for (const [name, { what, told, faults }] of Object.entries(NAMED_FAULTS)) {
    expect(docs).toContain(`| \`${name}\` | ${what} | ${told} |\n`);
    for (const fault of faults) {
      expect((await context.call('POST', '/local/v1/faults', { body: { ...fault, name } })).status).toBe(200);
    }
  }
});

describe('which requests a fault hits', () => {
  test.each<[string, Omit<Fault, 'effect'>, boolean]>([
    ['every one without a choice', {}, true],
    ['those of a method', { method: 'GET' }, true],
    ['not those of another', { method: 'POST' }, false],
    ['those of a path', { path: '/storage/v1/b/*/o/*' }, true],
    ['not those of a longer path', { path: '/storage/v1/b' }, false],
    ['those with a query', { query: 'alt=media' }, true],
    ['not those without it', { query: '!alt=media' }, false],
    ['those of a member', { member: 'user:owner@example.com' }, true],
    ['not those of another member', { member: 'user:other@example.com' }, false],
    ['none with probability 0', { probability: 0 }, false],
  ])('%s', async (_name, choice, isHit) => {
    await makeObject();
    context.cloud.faults.add({ ...choice, effect: { kind: 'status', status: 503 } });
    expect((await download()).status).toBe(isHit ? 503 : 200);
  });

  test('a sequence of them', async () => {
    await makeObject();
    context.cloud.faults.add({ skip: 1, times: 2, effect: { kind: 'status', status: 429 } });
    const statuses = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await download()).status);
    expect(statuses).toEqual([200, 429, 429, 200]);
    expect(context.cloud.faults.list()).toMatchObject([{ hits: 2 }]);
  });
});

describe('what goes wrong', () => {
  test('an answer in Google’s shape, or any other', async () => {
    await makeObject();
    context.cloud.faults.add({ times: 1, effect: { kind: 'status', status: 403, message: 'No.' } });
    context.cloud.faults.add({ times: 1, effect: { kind: 'status', status: 502, body: '<html>' } });
    expect(await (await download()).json()).toMatchObject({ error: { code: 403, message: 'No.' } });
    expect(await (await download()).text()).toBe('<html>');
  });

  test('a reset connection', async () => {
    await makeObject();
    context.cloud.faults.add({ effect: { kind: 'reset' } });
    await expect(download()).rejects.toThrow('fetch failed');
  });

  test('no answer', async () => {
    await makeObject();
    context.cloud.faults.add({ effect: { kind: 'silence' } });
    const answered = download().then(
      () => true,
      () => true,
    );
    const other = await context.call('GET', '/local/v1');
    expect(other.status).toBe(200);
    const pending = await Promise.race([answered, new Promise((resolve) => setImmediate(resolve, false))]);
    expect(pending).toBe(false);
  });

  test('late and slow, but right', async () => {
    await makeObject();
    context.cloud.faults.add({ times: 1, effect: { kind: 'latency', milliseconds: 20 } });
    context.cloud.faults.add({ times: 1, effect: { kind: 'slowBody', milliseconds: 20 } });
    expect(await (await download()).text()).toBe(CONTENT);
    expect(await (await download()).text()).toBe(CONTENT);
  });

  test('a body that is cut off', async () => {
    await makeObject();
    context.cloud.faults.add({ effect: { kind: 'truncatedBody' } });
    const response = await download();
    expect(response.headers.get('content-length')).toBe(String(CONTENT.length));
    await expect(response.text()).rejects.toThrow();
  });

  test('a flipped bit under the checksum of the right bytes', async () => {
    await makeObject();
    context.cloud.faults.add({ effect: { kind: 'flippedBit', of: 'response' } });
    const response = await download();
    const received = Buffer.from(await response.arrayBuffer());
    expect(received.length).toBe(CONTENT.length);
    expect(response.headers.get('x-goog-hash')).toContain(crc32cBase64(Buffer.from(CONTENT)));
    expect(received.toString()).not.toBe(CONTENT);
  });

  test('a flipped bit on the way in', async () => {
    await makeObject();
    context.cloud.faults.add({ method: 'POST', effect: { kind: 'flippedBit', of: 'request' } });
    const { cloud } = context;
    const { storage } = await googleClients({
      endpoint: cloud.url,
      accessToken: cloud.tokenFor(cloud.owner),
    });
    const file = storage.bucket('faulty').file('b.txt');
    await file.save('abc', { resumable: false, validation: false });
    const [received] = await file.download();
    expect(received.toString()).toBe('abb');
  });

  test('the checksum of other bytes', async () => {
    await makeObject();
    context.cloud.faults.add({ effect: { kind: 'wrongChecksum' } });
    const response = await download();
    expect(await response.text()).toBe(CONTENT);
    expect(response.headers.get('x-goog-hash')).not.toContain(crc32cBase64(Buffer.from(CONTENT)));
    const { body } = await context.call('GET', OBJECT);
    expect(body.crc32c).not.toBe(crc32cBase64(Buffer.from(CONTENT)));
  });

  test('a token that expires, and is not accepted again', async () => {
    await makeObject();
    const { cloud } = context;
    const token = cloud.tokenFor(cloud.owner);
    cloud.faults.add({ times: 1, effect: { kind: 'expiredToken' } });
    expect((await context.call('GET', OBJECT, { token })).status).toBe(401);
    expect((await context.call('GET', OBJECT, { token })).status).toBe(401);
    expect((await context.call('GET', OBJECT, { token: `${cloud.tokenFor(cloud.owner)}` })).status).toBe(200);
  });

  test('a metadata server that is down', async () => {
    const { cloud, call } = context;
    const { body } = await call('POST', '/iam/v1/projects/demo-project/serviceAccounts', {
      body: { accountId: 'faulty-sa' },
    });
    const host = await cloud.metadataServerFor(body.email);
    const ask = () =>
      fetch(`http://${host}/computeMetadata/v1/instance/id`, { headers: { 'metadata-flavor': 'Google' } });
    cloud.faults.add({
      path: '/computeMetadata/*',
      member: `serviceAccount:${body.email}`,
      effect: { kind: 'reset' },
    });
    await expect(ask()).rejects.toThrow('fetch failed');
    cloud.faults.clear();
    expect((await ask()).status).toBe(200);
  });

  test('a clock that jumps', async () => {
    const { cloud, call } = context;
    const token = cloud.tokenFor(cloud.owner);
    cloud.faults.clockOffsetSeconds = 2 * 3600;
    expect((await call('GET', '/local/v1/faults', { token })).status).toBe(401);
    expect((await call('GET', '/local/v1/faults')).status).toBe(200);
  });
});

describe('over HTTP', () => {
  test('the owner adds, lists and removes faults', async () => {
    const { call } = context;
    const fault = { path: '/storage/*', effect: { kind: 'status', status: 500 } };
    const { body } = await call('POST', '/local/v1/faults', { body: fault });
    expect((await call('GET', '/storage/v1/b?project=demo-project')).status).toBe(500);
    expect((await call('GET', '/local/v1/faults')).body).toEqual({
      faults: [{ id: body.id, fault, hits: 1 }],
    });
    expect((await call('DELETE', `/local/v1/faults/${body.id}`)).status).toBe(200);
    expect((await call('DELETE', `/local/v1/faults/${body.id}`)).status).toBe(404);
    expect((await call('GET', '/storage/v1/b?project=demo-project')).status).toBe(200);
  });

  test('the body of an answer may be text or JSON, and the local cloud goes on', async () => {
    const { call } = context;
    const fault = { path: '/kms/*', effect: { kind: 'status', status: 403 } };
    for (const body of [{ error: { code: 403, message: 'by design' } }, '{"error":"text"}']) {
      await call('DELETE', '/local/v1/faults');
      const added = await call('POST', '/local/v1/faults', {
        body: { ...fault, effect: { ...fault.effect, body } },
      });
      expect(added.status).toBe(200);
      const answer = await call('GET', '/kms/v1/projects/demo-project/locations/global/keyRings');
      expect(answer).toEqual({ status: 403, body: typeof body === 'string' ? JSON.parse(body) : body });
    }
  });

  test.each([
    ['vpc-sc', 403, 'vpcServiceControls', 'SECURITY_POLICY_VIOLATED', 'AccessDenied'],
    ['billing-disabled', 403, 'accountDisabled', 'BILLING_DISABLED', 'AccountProblem'],
    ['requester-pays', 400, 'required', undefined, 'UserProjectMissing'],
    ['org-policy', 412, 'orgPolicyConstraintFailed', undefined, 'OrgPolicyConstraintFailed'],
  ])("Google's refusal %s has the shape of each API", async (refusal, status, reason, info, code) => {
    const { cloud, call } = context;
    await call('POST', '/local/v1/faults', { body: { effect: { kind: 'refusal', refusal } } });
    const kms = await call('GET', '/kms/v1/projects/demo-project/locations/global/keyRings');
    expect([kms.status, kms.body.error.details?.[0].reason]).toEqual([status, info]);
    const json = await call('GET', OBJECT);
    expect([json.status, json.body.error.errors[0].reason]).toEqual([status, reason]);
    const xml = await fetch(`${cloud.url}/faulty/a.txt`);
    expect([xml.status, await xml.text()]).toEqual([status, expect.stringContaining(`<Code>${code}</Code>`)]);
  });

  test.each([
    { kind: 'refusal', refusal: 'bad-mood' },
    { kind: 'status', status: 'teapot' },
    { kind: 'status', status: 99 },
    { kind: 'status', status: 500, message: { a: 1 } },
    { kind: 'latency', milliseconds: '2s' },
    { kind: 'flippedBit', of: 'both' },
  ])('an effect that no answer could be made with is refused: %j', async (effect) => {
    expect((await context.call('POST', '/local/v1/faults', { body: { effect } })).status).toBe(400);
  });

  test('the owner sets the clock', async () => {
    const { cloud, call } = context;
    const { body } = await call('PUT', '/local/v1/clock', { body: { offsetSeconds: 100 } });
    expect(cloud.faults.clockOffsetSeconds).toBe(100);
    expect(Date.parse(body.now)).toBeGreaterThan(Date.now() + 90_000);
  });

  test('nobody else does', async () => {
    const { call } = context;
    const as = 'user:stranger@example.com';
    expect((await call('POST', '/local/v1/faults', { as, body: {} })).status).toBe(403);
    expect((await call('DELETE', '/local/v1/faults', { as: null })).status).toBe(401);
  });

  test('a wrong fault is refused with every problem', async () => {
    const { call } = context;
    const body = { times: 'many', effect: { kind: 'latency' } };
    const answer = await call('POST', '/local/v1/faults', { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain('times must be a number');
    expect(answer.body.error.message).toContain('effect.milliseconds is missing');
    const unknown = await call('POST', '/local/v1/faults', { body: { effect: { kind: 'flood' } } });
    expect(unknown.body.error.message).toContain('effect.kind must be one of status, refusal, latency');
  });
});

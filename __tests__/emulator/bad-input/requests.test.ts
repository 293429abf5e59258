import { describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { BUCKET, createResources, dump, KEY, RING, sendRaw } from './support.ts';

const notEmulated: string[] = [];
const context = localCloud({ onNotEmulated: (method, path) => notEmulated.push(`${method} ${path}`) });
const send = (method: string, path: string, body?: string) => {
  const token = context.cloud.tokenFor(context.cloud.owner);
  const headers = { 'content-type': 'application/json' };
  return sendRaw(context.cloud, { method, path, token, headers, ...(body !== undefined && { body }) });
};

describe('what the local cloud does not emulate', () => {
  it.each([
    ['GET', '/compute/v1/projects/demo-project/zones'],
    ['POST', '/pubsub/v1/projects/demo-project/topics'],
    ['DELETE', `/kms/v1/${KEY}`],
    ['POST', `/kms/v1/${KEY}:rawEncrypt`],
    ['GET', '/storage/v1/b/bucket/notificationConfigs'],
  ])('is refused by name and told of once: %s %s', async (method, path) => {
    for (const _ of [1, 2]) {
      const { status, text } = await send(method, `${path}?alt=json`);
      expect(status).toBe(404);
      expect(JSON.parse(text).error.message).toContain(`${path} (${method}) was not found on this server`);
    }
    expect(notEmulated.filter((entry) => entry === `${method} ${path}`)).toHaveLength(1);
  });

  it('has the shape of the API: Cloud Storage has one of its own', async () => {
    expect(JSON.parse((await send('GET', '/compute/v1/x')).text).error).toMatchObject({
      status: 'NOT_FOUND',
    });
    const { error } = JSON.parse((await send('GET', '/storage/v1/none')).text);
    expect(error.errors).toMatchObject([{ domain: 'global', reason: 'notFound' }]);
  });
});

describe('a path that could be taken for another', () => {
  it.each([
    `/kms/v1/${RING.replace('ring', 'x%2F..%2Fring')}`,
    `/kms/v1/${RING}/cryptoKeys/none%2F..%2Fkey`,
    `/kms/v1/${RING}/cryptoKeys/key%2fcryptoKeyVersions%2f1`,
    '/kms/v1/projects/other/locations/..%2f..%2fdemo-project/keyRings',
    `/kms/v1/projects/%2e%2e/locations/global/keyRings/ring`,
    '/kms/v1/projects/../locations/global/keyRings/ring',
    `/kms/v1/${KEY}%00`,
    '/iam/v1/projects/demo-project/serviceAccounts/..%5caccount',
    '/run/v2/projects/demo-project/locations/us-central1/services/a%0d%0ab',
    `/storage/v1/b/${BUCKET}/o/..`,
    `/storage/v1/b/${BUCKET}/o/%2e`,
    `/storage/v1/b/${BUCKET}/o/a%0Ab`,
    `/storage/v1/b/${BUCKET}/o/${'a'.repeat(1025)}`,
    '/kms/v1/%zz',
  ])('is refused: %s', async (path) => {
    const { status, text } = await send('GET', path);
    expect([400, 404]).toContain(status);
    expect(JSON.parse(text).error.code).toBe(status);
  });

  it('with two slashes in a row is none of the local cloud', async () => {
    expect((await send('GET', `/kms/v1//${KEY}`)).status).toBe(404);
    expect((await send('GET', `//kms/v1/${KEY}`)).status).toBe(404);
  });

  it('is no object with a slash or any other character but a line break, whose name has up to 1,024 bytes', async () => {
    await createResources(context.cloud);
    for (const name of ['a/b', 'a/', 'a\0b', '€'.repeat(341)]) {
      const upload = `/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=${encodeURIComponent(name)}`;
      expect((await send('POST', upload, 'x')).status).toBe(200);
      expect((await send('GET', `/storage/v1/b/${BUCKET}/o/${encodeURIComponent(name)}`)).status).toBe(200);
    }
  });
});

describe('a body that cannot be read', () => {
  it('is refused: no JSON, no object, another type, too large; nothing is changed', async () => {
    await createResources(context.cloud);
    const before = await dump(context.cloud);
    const rings = '/kms/v1/projects/demo-project/locations/global/keyRings?keyRingId=second';
    for (const body of ['{', '[]', '"x"', 'null ,', '\u0000']) {
      expect(await send('POST', rings, body)).toMatchObject({ status: 400 });
    }
    const { status } = await sendRaw(context.cloud, {
      method: 'POST',
      path: rings,
      token: context.cloud.tokenFor(context.cloud.owner),
      headers: { 'content-type': 'application/x-protobuf' },
      body: 'x',
    });
    expect(status).toBe(400);
    const large = await send('POST', rings, `{"name":"${'x'.repeat(41 * 1024 * 1024)}"}`).catch(() => ({
      status: 413,
    }));
    expect(large.status).toBe(413);
    expect(await dump(context.cloud)).toEqual(before);
  });
});

describe('a token', () => {
  it.each([
    ['forged', (token: string) => token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
    ['of another principal under the same signature', (token: string) => token.replace(/\.[^.]+\./, '.e30.')],
    ['that is none', () => 'x'],
  ])('%s is refused', async (_kind, change) => {
    const token = change(context.cloud.tokenFor(context.cloud.owner));
    const { status, text } = await sendRaw(context.cloud, { method: 'GET', path: `/kms/v1/${KEY}`, token });
    expect(status).toBe(401);
    expect(JSON.parse(text).error.status).toBe('UNAUTHENTICATED');
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, BUCKET, createResources, KEY, RING, sendRaw } from './bad-input/support.ts';
import { localCloud } from './support.ts';

const context = localCloud();
beforeAll(() => createResources(context.cloud));

const labels = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`label-${index}`, 'x']));
const newKey = (id: string, body: object) =>
  context.call('POST', `/kms/v1/${RING}/cryptoKeys?cryptoKeyId=${id}`, {
    body: { purpose: 'ENCRYPT_DECRYPT', ...body },
  });
const newBucket = (name: string, body: object) =>
  context.call('POST', '/storage/v1/b?project=demo-project', { body: { name, ...body } });

describe('labels', () => {
  const kinds = [
    ['a key', newKey],
    ['a bucket', newBucket],
  ] as const;

  it.each(kinds)('of %s: 64 at most', async (kind, create) => {
    const name = kind.replace(' ', '-');
    expect((await create(`${name}-65`, { labels: labels(65) })).status).toBe(400);
    expect((await create(`${name}-64`, { labels: labels(64) })).status).toBe(200);
  });

  it.each(kinds)(
    'of %s: keys of 1 to 63 and values of up to 63 lower-case characters',
    async (kind, create) => {
      const name = kind.replace(' ', '-');
      const refused = [
        { Team: 'x' },
        { '1a': 'x' },
        { '': 'x' },
        { [`a${'b'.repeat(63)}`]: 'x' },
        { a: 'X' },
        { a: 'b'.repeat(64) },
      ];
      for (const wrong of refused) {
        const { status, body } = await create(`${name}-refused`, { labels: wrong });
        expect(status).toBe(400);
        expect(body.error.message).toContain(JSON.stringify(wrong));
      }
      const allowed = { [`a${'b'.repeat(62)}`]: 'c'.repeat(63), élan: '', a_b: '1-2' };
      expect(await create(`${name}-allowed`, { labels: allowed })).toMatchObject({
        status: 200,
        body: { labels: allowed },
      });
    },
  );
});

describe('Cloud KMS', () => {
  it.each(['', 'a b', 'a.b', 'ä', 'a'.repeat(64)])('has no key ring and no key called "%s"', async (id) => {
    const rings = `/kms/v1/projects/demo-project/locations/global/keyRings?keyRingId=${encodeURIComponent(id)}`;
    expect((await context.call('POST', rings, { body: {} })).status).toBe(400);
    expect((await newKey(encodeURIComponent(id), {})).status).toBe(400);
  });

  it('rotates after a day at least and a hundred years at most', async () => {
    const rotation = (hours: number) => ({
      rotationPeriod: `${hours * 3600}s`,
      nextRotationTime: '2127-01-01T00:00:00Z',
    });
    expect((await newKey('rotation-23', rotation(23))).status).toBe(400);
    expect((await newKey('rotation-876001', rotation(876_001))).status).toBe(400);
    expect((await newKey('rotation-24', rotation(24))).status).toBe(200);
    expect((await newKey('rotation-876000', rotation(876_000))).status).toBe(200);
  });

  it('destroys after a day at least and 120 at most', async () => {
    const days = (count: number) => ({ destroyScheduledDuration: `${count * 86_400}s` });
    expect((await newKey('destruction-0', days(0))).status).toBe(400);
    expect((await newKey('destruction-121', days(121))).status).toBe(400);
    expect(await newKey('destruction-120', days(120))).toMatchObject({ status: 200, body: days(120) });
  });
});

describe('a policy', () => {
  const policy = (count: number) => {
    const members = Array.from({ length: count }, (_, index) => `user:user-${index}@example.com`);
    const [half, rest] = [members.slice(0, 750), members.slice(750)];
    return {
      policy: {
        bindings: [
          { role: 'roles/cloudkms.viewer', members: half },
          { role: 'roles/cloudkms.admin', members: rest },
        ],
      },
    };
  };

  it('has 1,500 members at most, those of all bindings together', async () => {
    const refused = await context.call('POST', `/kms/v1/${KEY}:setIamPolicy`, { body: policy(1501) });
    expect(refused).toMatchObject({
      status: 400,
      body: {
        error: {
          message:
            'The number of members in the policy (1,501) is larger than the maximum allowed size 1,500.',
        },
      },
    });
    expect((await context.call('GET', `/kms/v1/${KEY}:getIamPolicy`)).body.bindings).toBeUndefined();
    expect((await context.call('POST', `/kms/v1/${KEY}:setIamPolicy`, { body: policy(1500) })).status).toBe(
      200,
    );
  });
});

describe('a service account', () => {
  it('has a display name of 100 and a description of 256 bytes at most', async () => {
    const update = (serviceAccount: object) =>
      context.call('PATCH', `/iam/v1/projects/-/serviceAccounts/${ACCOUNT}`, { body: { serviceAccount } });
    const { status, body } = await update({ displayName: 'é'.repeat(51), description: 'a'.repeat(257) });
    expect(status).toBe(400);
    expect(body.error.message).toMatch(/display name .* description/);
    expect((await update({ displayName: 'é'.repeat(50), description: 'a'.repeat(256) })).status).toBe(200);
  });
});

describe('an object', () => {
  it('has 8 KiB of custom metadata at most, keys and values together', async () => {
    const update = (value: string) =>
      context.call('PATCH', `/storage/v1/b/${BUCKET}/o/config.enc`, { body: { metadata: { key: value } } });
    expect((await update('a'.repeat(8190))).status).toBe(400);
    expect((await update('a'.repeat(8189))).status).toBe(200);
  });

  it('has a name of 1,024 bytes at most, in a path as in a parameter', async () => {
    const token = context.cloud.tokenFor(context.cloud.owner);
    const name = encodeURIComponent('€'.repeat(342));
    for (const [method, path] of [
      ['POST', `/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=${name}`],
      ['GET', `/storage/v1/b/${BUCKET}/o/${name}`],
      ['DELETE', `/storage/v1/b/${BUCKET}/o/${name}`],
      ['POST', `/storage/v1/b/${BUCKET}/o/config.enc/copyTo/b/${BUCKET}/o/${name}`],
    ] as const) {
      const { status, text } = await sendRaw(context.cloud, { method, path, token });
      expect(status).toBe(400);
      expect(text).toContain('The specified object name is not valid');
    }
  });
});

describe('a container', () => {
  it('has 1,000 variables at most, each once, with a name, of 32 KiB', async () => {
    const variables = (env: object[]) =>
      context.call('POST', '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services', {
        body: {
          apiVersion: 'serving.knative.dev/v1',
          kind: 'Service',
          metadata: { name: 'app' },
          spec: { template: { spec: { containers: [{ image: 'none', env }] } } },
        },
      });
    const many = Array.from({ length: 1001 }, (_, index) => ({ name: `V${index}`, value: 'x' }));
    expect((await variables(many)).body.error.message).toContain('1001 variables; at most 1000 are allowed');
    const wrong = [{ name: 'A' }, { name: 'A' }, { name: '' }, { name: 'B', value: 'x'.repeat(32 * 1024) }];
    const { body } = await variables(wrong);
    expect(body.error.message).toMatch(
      /a variable has no name; .*duplicate variable A; .*B is longer than 32768 bytes/,
    );
  });
});

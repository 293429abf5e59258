import { createHash, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { newBucket, send, storageAs, upload } from './support.ts';

const local = localCloud();
const FINE_GRAINED = { location: 'us-central1' };

it('grants by an ACL what its role is, shows it in the policy, and forgets it with the object', async () => {
  const bucket = (await storageAs(local.cloud)).bucket(await newBucket(local.cloud, FINE_GRAINED));
  const reader = await storageAs(local.cloud, 'user:reader@example.com');
  const file = bucket.file('a');
  await file.save('text', { resumable: false });
  const seen = reader.bucket(bucket.name).file('a');
  await expect(seen.download()).rejects.toMatchObject({ code: 403 });
  await file.acl.add({ entity: 'user-reader@example.com', role: 'READER' });
  expect(String(await seen.download())).toBe('text');
  await expect(seen.acl.get()).rejects.toMatchObject({ code: 403 });
  const policy = await local.call('GET', `/storage/v1/b/${bucket.name}/o/a/iam`);
  expect((await local.call('GET', `/storage/v1/b/${bucket.name}/o/none/iam`)).status).toBe(404);
  expect(policy.body.bindings).toContainEqual({
    role: 'roles/storage.legacyObjectReader',
    members: ['projectViewer:demo-project', 'user:reader@example.com'],
  });
  await file.acl.update({ entity: 'user-reader@example.com', role: 'OWNER' });
  expect((await seen.acl.get())[0]).toHaveLength(5);
  await file.acl.delete({ entity: 'user-reader@example.com' });
  await expect(seen.download()).rejects.toMatchObject({ code: 403 });
  await file.acl.add({ entity: 'allUsers', role: 'READER' });
  expect(await (await fetch(`${local.cloud.url}/${bucket.name}/a`)).text()).toBe('text');
  await file.delete();
  await file.save('other', { resumable: false });
  expect((await fetch(`${local.cloud.url}/${bucket.name}/a`)).status).toBe(401);
});

it('gives new objects the default ACL, or the predefined one that is asked for', async () => {
  const bucket = (await storageAs(local.cloud)).bucket(await newBucket(local.cloud, FINE_GRAINED));
  await bucket.acl.default.add({ entity: 'domain-example.com', role: 'READER' });
  await bucket.file('a').save('text', { resumable: false });
  await bucket.file('b').save('text', { predefinedAcl: 'publicRead', resumable: false });
  const people = await storageAs(local.cloud, 'user:anybody@example.com');
  expect(String(await people.bucket(bucket.name).file('a').download())).toBe('text');
  const full = await local.call('GET', `/storage/v1/b/${bucket.name}/o/b?projection=full`);
  expect(full.body.owner).toEqual({ entity: 'user-owner@example.com' });
  expect(full.body.acl.map(({ entity, role }: { entity: string; role: string }) => [entity, role])).toEqual([
    ['user-owner@example.com', 'OWNER'],
    ['allUsers', 'READER'],
  ]);
});

it.each([
  [{ entity: 'user-nobody', role: 'READER' }, 400],
  [{ entity: 'allUsers', role: 'WRITER' }, 400],
  [{ entity: 'allUsers' }, 400],
  [{ entity: '__proto__', role: 'READER' }, 400],
  [{ entity: 'allUsers', role: 'READER' }, 412],
])('refuses %j in an ACL of an object whose bucket prevents public access', async (body, status) => {
  const iamConfiguration = { publicAccessPrevention: 'enforced' };
  const bucket = await newBucket(local.cloud, { ...FINE_GRAINED, iamConfiguration });
  await upload(local.cloud, bucket, 'a', 'text');
  for (const path of ['o/a/acl', 'defaultObjectAcl']) {
    const answer = await local.call('POST', `/storage/v1/b/${bucket}/${path}`, { body });
    expect([path, answer.status]).toEqual([path, status]);
  }
});

it('encrypts with a key that the client keeps: without it nobody reads the object', async () => {
  const client = (await storageAs(local.cloud)).bucket(await newBucket(local.cloud));
  const [key, other] = [randomBytes(32), randomBytes(32)];
  await client.file('a', { encryptionKey: key }).save('text', { resumable: false });
  const sha = createHash('sha256').update(key).digest('base64');
  const plain = await local.call('GET', `/storage/v1/b/${client.name}/o/a`);
  expect(plain.body.customerEncryption).toEqual({ encryptionAlgorithm: 'AES256', keySha256: sha });
  expect(plain.body.md5Hash).toBeUndefined();
  for (const [wrong, reason] of [
    [undefined, 'resourceIsEncryptedWithCustomerEncryptionKey'],
    [other, 'customerEncryptionKeyIsIncorrect'],
  ] as const) {
    const file = client.file('a', wrong ? { encryptionKey: wrong } : {});
    const copied = await file.copy('b').catch((error) => error);
    expect([copied.code, copied.errors?.[0]?.reason]).toEqual([400, reason]);
    await expect(file.download()).rejects.toMatchObject({ code: 400 });
  }
  await client.file('a', { encryptionKey: key }).rotateEncryptionKey({ encryptionKey: other });
  expect(String(await client.file('a', { encryptionKey: other }).download())).toBe('text');
  const short = { 'x-goog-encryption-algorithm': 'AES256', 'x-goog-encryption-key': 'a2V5' };
  expect((await send(local.cloud, 'GET', `/${client.name}/a`, { headers: short })).status).toBe(400);
});

it('puts objects together, and deletes their sources where that is asked for', async () => {
  const client = (await storageAs(local.cloud)).bucket(await newBucket(local.cloud));
  await Promise.all(['a', 'b'].map((name) => client.file(name).save(name.repeat(3), { resumable: false })));
  const [composed] = await client.combine(['a', 'b'], 'c');
  expect(String(await composed.download())).toBe('aaabbb');
  const path = `/storage/v1/b/${client.name}/o/c/compose`;
  const compose = (body: object) => local.call('POST', path, { body });
  const sourceObjects = [{ name: 'c' }, { name: 'a', objectPreconditions: { ifGenerationMatch: '1' } }];
  expect((await compose({ sourceObjects })).status).toBe(412);
  expect((await compose({ sourceObjects: Array(33).fill({ name: 'a' }) })).status).toBe(400);
  expect((await compose({ sourceObjects: [{ name: 'none' }] })).status).toBe(404);
  const { body } = await compose({
    sourceObjects: [{ name: 'c' }, { name: 'a' }],
    deleteSourceObjects: true,
  });
  expect([body.componentCount, body.md5Hash, body.size]).toEqual([3, undefined, '9']);
  expect((await client.file('a').exists())[0]).toBe(false);
});

it('leaves a noncurrent generation its ACL, and a bucket that is patched with nothing its metageneration', async () => {
  const bucket = await newBucket(local.cloud, { ...FINE_GRAINED, versioning: { enabled: true } });
  const { generation } = (await upload(local.cloud, bucket, 'a', 'text')).body;
  const path = `/storage/v1/b/${bucket}`;
  await local.call('DELETE', `${path}/o/a`);
  expect((await local.call('GET', `${path}/o/a?generation=${generation}`)).status).toBe(200);
  const { body } = await local.call('PATCH', path, { body: {} });
  expect(body.metageneration).toBe('1');
});

it('keeps a locked retention policy, which can only grow', async () => {
  const bucket = await newBucket(local.cloud, {
    ...FINE_GRAINED,
    retentionPolicy: { retentionPeriod: '60' },
  });
  const path = `/storage/v1/b/${bucket}`;
  expect((await local.call('POST', `${path}/lockRetentionPolicy?ifMetagenerationMatch=7`)).status).toBe(412);
  const { body } = await local.call('POST', `${path}/lockRetentionPolicy?ifMetagenerationMatch=1`);
  expect(body.retentionPolicy.isLocked).toBe(true);
  const change = async (retentionPolicy: object | null) =>
    (await local.call('PATCH', path, { body: { retentionPolicy } })).status;
  expect(await change(null)).toBe(403);
  expect(await change({ retentionPeriod: '59' })).toBe(403);
  expect(await change({ retentionPeriod: '61' })).toBe(200);
});

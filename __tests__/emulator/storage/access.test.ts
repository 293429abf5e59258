import type { Bucket } from '@google-cloud/storage';
import { beforeAll, describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { grantOnBucket, newBucket, storageAs, upload } from './support.ts';

const local = localCloud();
const email = 'reader@demo-project.iam.gserviceaccount.com';
let bucket: string;

/** The condition by which the project's stack narrows a grant to one object. */
const onlyObject = (name: string) => ({
  title: 'one-object',
  expression: `resource.name == "projects/_/buckets/${bucket}/objects/${name}"`,
});

beforeAll(async () => {
  const path = '/iam/v1/projects/demo-project/serviceAccounts';
  await local.call('POST', path, { body: { accountId: 'reader', serviceAccount: {} } });
  bucket = await newBucket(local.cloud);
  await upload(local.cloud, bucket, 'config.enc', 'ciphertext');
  await upload(local.cloud, bucket, 'other.enc', 'another');
  const members = [`serviceAccount:${email}`];
  await grantOnBucket(local.cloud, bucket, {
    role: 'roles/storage.objectViewer',
    members,
    condition: onlyObject('config.enc'),
  });
});

describe('a service account that may read one object, through the official client', () => {
  let asReader: Bucket;
  beforeAll(async () => {
    asReader = (await storageAs(local.cloud, `serviceAccount:${email}`)).bucket(bucket);
  });

  it('reads its metadata and its bytes, verified', async () => {
    const [metadata] = await asReader.file('config.enc').getMetadata();
    const { generation } = metadata;
    const [bytes] = await asReader
      .file('config.enc', generation ? { generation } : {})
      .download({ validation: 'crc32c' });
    expect(bytes.toString()).toBe('ciphertext');
  });

  const denied = (permission: string, kind: 'object' | 'bucket') => ({
    code: 403,
    message: expect.stringContaining(
      `${email} does not have ${permission} access to the Google Cloud Storage ${kind}. Permission '${permission}' denied on resource (or it may not exist).`,
    ),
  });

  it.each([
    ['another object', 'storage.objects.get', 'object', () => asReader.file('other.enc').download()],
    [
      'metadata of another object',
      'storage.objects.get',
      'object',
      () => asReader.file('other.enc').getMetadata(),
    ],
    [
      'an object that does not exist',
      'storage.objects.get',
      'object',
      () => asReader.file('missing').download(),
    ],
    ['listing', 'storage.objects.list', 'bucket', () => asReader.getFiles()],
    ['bucket metadata', 'storage.buckets.get', 'bucket', () => asReader.getMetadata()],
    ['the policy', 'storage.buckets.getIamPolicy', 'bucket', () => asReader.iam.getPolicy()],
    [
      'setting the policy',
      'storage.buckets.setIamPolicy',
      'bucket',
      () => asReader.iam.setPolicy({ bindings: [] }),
    ],
    [
      'overwriting',
      'storage.objects.create',
      'object',
      () => asReader.file('config.enc').save('x', { resumable: false }),
    ],
    [
      'a new object',
      'storage.objects.create',
      'object',
      () => asReader.file('new').save('x', { resumable: false }),
    ],
    ['deleting', 'storage.objects.delete', 'object', () => asReader.file('config.enc').delete()],
    [
      'changing metadata',
      'storage.objects.update',
      'object',
      () => asReader.file('config.enc').setMetadata({ metadata: { a: 'b' } }),
    ],
  ] as const)('is refused %s', async (_what, permission, kind, attempt) => {
    await expect(attempt()).rejects.toMatchObject(denied(permission, kind));
  });
});

it('tells who may get but not list that it may not list when its one object is not there', async () => {
  const empty = await newBucket(local.cloud);
  await grantOnBucket(local.cloud, empty, {
    role: 'roles/storage.legacyObjectReader',
    members: [`serviceAccount:${email}`],
  });
  const { status, body } = await local.call('GET', `/storage/v1/b/${empty}/o/missing`, {
    as: `serviceAccount:${email}`,
  });
  expect(status).toBe(403);
  expect(body.error.message).toContain("Permission 'storage.objects.list' denied");
  expect(body.error.errors[0].reason).toBe('forbidden');
});

it('answers 401 to a caller without a token, naming the header', async () => {
  const { status, body } = await local.call('GET', `/storage/v1/b/${bucket}/o/config.enc`, { as: null });
  expect(status).toBe(401);
  expect(body.error.errors[0]).toEqual({
    message:
      "Anonymous caller does not have storage.objects.get access to the Google Cloud Storage object. Permission 'storage.objects.get' denied on resource (or it may not exist).",
    domain: 'global',
    reason: 'required',
    locationType: 'header',
    location: 'Authorization',
  });
});

it('tells anybody that a bucket does not exist', async () => {
  const answer = await local.call('GET', '/storage/v1/b/nowhere-to-be-found/o/x', {
    as: 'user:stranger@example.com',
  });
  expect(answer).toMatchObject({
    status: 404,
    body: { error: { message: 'The specified bucket does not exist.' } },
  });
});

it('does not let who may only create replace an object', async () => {
  const member = 'user:creator@example.com';
  await grantOnBucket(local.cloud, bucket, { role: 'roles/storage.objectCreator', members: [member] });
  const file = (await storageAs(local.cloud, member)).bucket(bucket).file('created-once');
  await file.save('first', { resumable: false });
  const second = file.save('second', { resumable: false });
  await expect(second).rejects.toMatchObject({
    code: 403,
    message: expect.stringContaining('storage.objects.delete'),
  });
});

it('does not let who may only read copy an object over another', async () => {
  const member = 'user:copier@example.com';
  await grantOnBucket(local.cloud, bucket, { role: 'roles/storage.objectViewer', members: [member] });
  const path = `/storage/v1/b/${bucket}/o/other.enc/rewriteTo/b/${bucket}/o/config.enc`;
  const { status, body } = await local.call('POST', path, { as: member });
  expect(status).toBe(403);
  expect(body.error.message).toContain('storage.objects.create');
});

it('does not let a stranger create or list buckets of the project', async () => {
  const as = 'user:stranger@example.com';
  const path = '/storage/v1/b?project=demo-project';
  expect((await local.call('POST', path, { as, body: { name: 'strange-bucket' } })).body.error.message).toBe(
    "stranger@example.com does not have storage.buckets.create access to the Google Cloud project. Permission 'storage.buckets.create' denied on resource (or it may not exist).",
  );
  expect((await local.call('GET', path, { as })).status).toBe(403);
});

import { describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { grantOnBucket, newBucket, PRIVATE_BUCKET, storageAs, upload } from './support.ts';

const local = localCloud();
const viewers = (members: string[]) => ({ role: 'roles/storage.objectViewer', members });

describe('the policy of a bucket', () => {
  it('grants a new bucket to the basic roles of its project', async () => {
    const bucket = await newBucket(local.cloud);
    const { body } = await local.call('GET', `/storage/v1/b/${bucket}/iam?optionsRequestedPolicyVersion=3`);
    const owners = ['projectEditor:demo-project', 'projectOwner:demo-project'];
    expect(body).toMatchObject({
      kind: 'storage#policy',
      resourceId: `projects/_/buckets/${bucket}`,
      version: 1,
      bindings: [
        { role: 'roles/storage.legacyBucketOwner', members: owners },
        { role: 'roles/storage.legacyBucketReader', members: ['projectViewer:demo-project'] },
        { role: 'roles/storage.legacyObjectOwner', members: owners },
        { role: 'roles/storage.legacyObjectReader', members: ['projectViewer:demo-project'] },
      ],
    });
  });

  it('refuses a stale etag with 412 and keeps the policy of the other writer', async () => {
    const path = `/storage/v1/b/${await newBucket(local.cloud)}/iam`;
    const { body: read } = await local.call('GET', path);
    const { body: written } = await local.call('PUT', path, { body: read });
    const stale = await local.call('PUT', path, { body: { ...read, bindings: [] } });
    expect(stale).toMatchObject({
      status: 412,
      body: { error: { errors: [{ reason: 'conditionNotMet' }] } },
    });
    expect((await local.call('GET', path)).body).toEqual(written);
  });

  it.each(['allUsers', 'allAuthenticatedUsers'])(
    'refuses %s under public access prevention',
    async (member) => {
      const { status, body } = await grantOnBucket(
        local.cloud,
        await newBucket(local.cloud),
        viewers([member]),
      );
      expect(status).toBe(412);
      expect(body.error.message).toBe(
        'The member bindings allUsers and allAuthenticatedUsers are not allowed since public access prevention is enforced.',
      );
    },
  );

  it('no longer lets the public in once public access prevention is enforced', async () => {
    const open = { iamConfiguration: { uniformBucketLevelAccess: { enabled: true } } };
    const bucket = await newBucket(local.cloud, open);
    await upload(local.cloud, bucket, 'page', 'hello');
    await grantOnBucket(local.cloud, bucket, viewers(['allUsers']));
    const read = () => local.call('GET', `/storage/v1/b/${bucket}/o/page`, { as: null });
    expect((await read()).status).toBe(200);
    const body = { iamConfiguration: { publicAccessPrevention: 'enforced' } };
    await local.call('PATCH', `/storage/v1/b/${bucket}`, { body });
    expect((await read()).status).toBe(401);
  });

  it('refuses conditions without uniform access, and without policy version 3', async () => {
    const conditional = { ...viewers(['user:a@example.com']), condition: { title: 't', expression: 'true' } };
    const fineGrained = await newBucket(local.cloud, {});
    expect((await grantOnBucket(local.cloud, fineGrained, conditional)).status).toBe(412);
    const path = `/storage/v1/b/${await newBucket(local.cloud)}/iam`;
    expect((await local.call('PUT', path, { body: { version: 1, bindings: [conditional] } })).status).toBe(
      400,
    );
  });

  it.each([
    ['no list of bindings', { bindings: 'all' }],
    ['a binding that is none', { bindings: [null] }],
    [
      'members that are no list',
      { bindings: [{ role: 'roles/storage.objectViewer', members: 'user:a@example.com' }] },
    ],
  ])('refuses %s and stays as it was', async (_what, body) => {
    const path = `/storage/v1/b/${await newBucket(local.cloud)}/iam`;
    const before = await local.call('GET', path);
    expect((await local.call('PUT', path, { body })).status).toBe(400);
    expect(await local.call('GET', path)).toEqual(before);
  });

  it('goes with its bucket: a namesake starts anew', async () => {
    const bucket = await newBucket(local.cloud);
    await grantOnBucket(local.cloud, bucket, viewers(['user:a@example.com']));
    await local.call('DELETE', `/storage/v1/b/${bucket}`);
    await local.call('POST', '/storage/v1/b?project=demo-project', { body: { name: bucket } });
    const { body } = await local.call('GET', `/storage/v1/b/${bucket}/iam`);
    expect(JSON.stringify(body)).not.toContain('a@example.com');
  });

  it('tells the official client which permissions the caller holds', async () => {
    const bucket = await newBucket(local.cloud);
    await grantOnBucket(local.cloud, bucket, viewers(['user:a@example.com']));
    const { iam } = (await storageAs(local.cloud, 'user:a@example.com')).bucket(bucket);
    const [held] = await iam.testPermissions(['storage.objects.get', 'storage.objects.create']);
    expect(held).toEqual({ 'storage.objects.get': true, 'storage.objects.create': false });
  });
});

it.each([
  ['GET', 'acl', 'Cannot get legacy ACL for a bucket'],
  ['POST', 'acl', 'Cannot use ACL API to update bucket policy'],
  ['PUT', 'defaultObjectAcl/allUsers', 'Cannot use ACL API to update bucket policy'],
])('refuses %s %s on a bucket with uniform access', async (method, path, message) => {
  const bucket = await newBucket(local.cloud);
  const answer = await local.call(method, `/storage/v1/b/${bucket}/${path}`);
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toContain(`${message} when uniform bucket-level access is enabled.`);
});

it.each([
  [
    'a bucket',
    '/storage/v1/b?project=demo-project&predefinedAcl=publicRead',
    { name: 'public-bucket', ...PRIVATE_BUCKET },
  ],
  [
    'a bucket of one',
    '/storage/v1/b?project=demo-project',
    { name: 'public-bucket', ...PRIVATE_BUCKET, acl: [{ entity: 'allUsers' }] },
  ],
])('does not quietly drop the ACL that a client wants for %s', async (_what, path, body) => {
  expect((await local.call('POST', path, { body })).status).toBe(400);
  expect((await local.call('GET', '/storage/v1/b/public-bucket')).status).toBe(404);
});

describe('uniform access', () => {
  const DAY_MS = 24 * 60 * 60 * 1000;
  let now = new Date();
  const later = localCloud({ now: () => now });
  const switchOff = (bucket: string) =>
    later.call('PATCH', `/storage/v1/b/${bucket}`, {
      body: { iamConfiguration: { uniformBucketLevelAccess: { enabled: false } } },
    });

  it('can be switched off for 90 days and not after', async () => {
    const [early, late] = [await newBucket(later.cloud), await newBucket(later.cloud)];
    now = new Date(now.getTime() + 89 * DAY_MS);
    expect((await switchOff(early)).body.iamConfiguration.uniformBucketLevelAccess).toEqual({
      enabled: false,
    });
    now = new Date(now.getTime() + 2 * DAY_MS);
    expect((await switchOff(late)).status).toBe(412);
  });
});

import { describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { newBucket, PRIVATE_BUCKET, upload } from './support.ts';

const local = localCloud();
const create = (body: object) => local.call('POST', '/storage/v1/b?project=demo-project', { body });

describe('creating a bucket', () => {
  it('answers with the settings in upper case and what Cloud Storage adds', async () => {
    const { status, body } = await create({ name: 'created', ...PRIVATE_BUCKET, labels: { app: 'a' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: 'storage#bucket',
      location: 'US-CENTRAL1',
      locationType: 'region',
      metageneration: '1',
      etag: 'CAE=',
      projectNumber: local.cloud.projectNumber,
      labels: { app: 'a' },
      softDeletePolicy: { retentionDurationSeconds: '604800' },
    });
    const { uniformBucketLevelAccess, bucketPolicyOnly } = body.iamConfiguration;
    const lockedFor = Date.parse(uniformBucketLevelAccess.lockedTime) - Date.parse(body.timeCreated);
    expect(lockedFor).toBe(90 * 24 * 60 * 60 * 1000);
    expect(bucketPolicyOnly).toEqual(uniformBucketLevelAccess);
  });

  it.each([
    ['US', 'multi-region'],
    ['nam4', 'dual-region'],
    ['europe-west1', 'region'],
  ])('knows that %s is a %s', async (location, locationType) => {
    const { body } = await create({ name: `in-${location.toLowerCase()}`, location });
    expect(body).toMatchObject({ location: location.toUpperCase(), locationType });
  });

  it.each([
    'ab',
    'A-bucket',
    '-bucket',
    'bucket-',
    'a..b',
    '10.0.0.1',
    'goog-bucket',
    'my-google',
    'x'.repeat(64),
    '../b',
  ])('refuses the name %s', async (name) => {
    const { status, body } = await create({ name });
    expect(status).toBe(400);
    expect(body.error.errors).toEqual([
      { message: `Invalid bucket name: '${name}'`, domain: 'global', reason: 'invalid' },
    ]);
  });

  it.each([
    ['a lifecycle rule without condition', { lifecycle: { rule: [{ action: { type: 'Delete' } }] } }],
    ['a label in upper case', { labels: { App: 'x' } }],
    ['an unknown location', { location: 'nowhere' }],
  ])('refuses %s and creates nothing', async (_what, settings) => {
    expect((await create({ name: 'refused', ...settings })).status).toBe(400);
    expect((await local.call('GET', '/storage/v1/b/refused')).status).toBe(404);
  });

  it('takes null for a field that is not there, as it should for clients that write every field', async () => {
    const { status, body } = await create({
      name: 'of-nulls',
      labels: null,
      lifecycle: null,
      location: null,
    });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('labels');
    expect(body.location).toBe('US');
  });

  it('tells its owner that the bucket is already there, and anybody else only that the name is taken', async () => {
    const name = await newBucket(local.cloud);
    const again = await create({ name });
    expect(again).toMatchObject({ status: 409, body: { error: { errors: [{ reason: 'conflict' }] } } });
    expect(again.body.error.message).toMatch(/you already own it/);
    await local.call('PUT', `/storage/v1/b/${name}/iam`, { body: { bindings: [] } });
    expect((await create({ name })).body.error.message).toMatch(/is not available/);
  });
});

describe('changing a bucket', () => {
  it('merges a patch, removes what is null and counts the metageneration', async () => {
    const name = await newBucket(local.cloud, { ...PRIVATE_BUCKET, labels: { keep: 'a', drop: 'b' } });
    const path = `/storage/v1/b/${name}`;
    const before = await local.call('GET', path);
    const { body } = await local.call('PATCH', path, { body: { labels: { drop: null, add: 'c' } } });
    expect(body.labels).toEqual({ keep: 'a', add: 'c' });
    expect(body.metageneration).toBe('2');
    expect(body.versioning).toEqual({ enabled: true });
    expect(body.iamConfiguration).toEqual(before.body.iamConfiguration);
    expect(await local.call('GET', path)).toMatchObject({ body });
  });

  it('lets only one of two writers win that saw the same metageneration', async () => {
    const path = `/storage/v1/b/${await newBucket(local.cloud)}?ifMetagenerationMatch=1`;
    const answers = await Promise.all([
      local.call('PATCH', path, { body: { labels: { winner: 'a' } } }),
      local.call('PATCH', path, { body: { labels: { winner: 'b' } } }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it('keeps the settings when one of a patch is refused', async () => {
    const path = `/storage/v1/b/${await newBucket(local.cloud)}`;
    const before = await local.call('GET', path);
    expect(
      (await local.call('PATCH', path, { body: { labels: { a: 'b' }, lifecycle: 'none' } })).status,
    ).toBe(400);
    expect(await local.call('GET', path)).toEqual(before);
  });
});

describe('deleting a bucket', () => {
  it('refuses while a noncurrent generation remains', async () => {
    const name = await newBucket(local.cloud);
    const { body: object } = await upload(local.cloud, name, 'o', 'x');
    await local.call('DELETE', `/storage/v1/b/${name}/o/o`);
    const refused = await local.call('DELETE', `/storage/v1/b/${name}`);
    expect(refused).toMatchObject({
      status: 409,
      body: { error: { message: 'The bucket you tried to delete is not empty.' } },
    });
    await local.call('DELETE', `/storage/v1/b/${name}/o/o?generation=${object.generation}`);
    expect((await local.call('DELETE', `/storage/v1/b/${name}`)).status).toBe(204);
    const gone = await local.call('GET', `/storage/v1/b/${name}`);
    expect(gone).toMatchObject({
      status: 404,
      body: { error: { message: 'The specified bucket does not exist.', errors: [{ reason: 'notFound' }] } },
    });
  });
});

describe('listing buckets', () => {
  it('pages by name and filters by prefix', async () => {
    for (const name of ['listed-b', 'listed-a', 'listed-c', 'other-x']) await create({ name });
    const first = await local.call('GET', '/storage/v1/b?project=demo-project&prefix=listed-&maxResults=2');
    expect(first.body.items.map((item: { name: string }) => item.name)).toEqual(['listed-a', 'listed-b']);
    const token = first.body.nextPageToken;
    const second = await local.call(
      'GET',
      `/storage/v1/b?project=demo-project&prefix=listed-&pageToken=${token}`,
    );
    expect(second.body.items.map((item: { name: string }) => item.name)).toEqual(['listed-c']);
    expect(second.body).not.toHaveProperty('nextPageToken');
  });

  it('needs a project', async () => {
    expect(await local.call('GET', '/storage/v1/b')).toMatchObject({
      status: 400,
      body: { error: { errors: [{ reason: 'required', location: 'project' }] } },
    });
  });
});

describe('a project whose Cloud Storage API is off', () => {
  const off = localCloud({ enabledServices: [] });

  it('is told how to enable it', async () => {
    const { status, body } = await off.call('GET', '/storage/v1/b/any-bucket');
    expect(status).toBe(403);
    expect(body.error.message).toMatch(/it is disabled. Enable it by visiting .*storage.googleapis.com/);
  });
});

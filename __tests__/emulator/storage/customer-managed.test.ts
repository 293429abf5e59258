import { beforeAll, describe, expect, it } from 'vitest';
import { grant, localCloud } from '../support.ts';
import { newBucket, PRIVATE_BUCKET, send, storageAs, upload } from './support.ts';

const local = localCloud();
const agent = 'serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com';
const ring = 'projects/demo-project/locations/us-central1/keyRings/at-rest';
const CRYPTO = 'roles/cloudkms.cryptoKeyEncrypterDecrypter';
const DENIED = expect.stringContaining('Permission denied on Cloud KMS key.');
const DISABLED = expect.stringContaining(
  'Cloud KMS key is disabled, destroyed, or scheduled to be destroyed.',
);

async function newKey(name: string, granted = true): Promise<string> {
  const body = { purpose: 'ENCRYPT_DECRYPT' };
  await local.call('POST', `/kms/v1/${ring}/cryptoKeys?cryptoKeyId=${name}`, { body });
  if (granted) await grant(local.cloud, `/kms/v1/${ring}/cryptoKeys/${name}`, CRYPTO, agent);
  return `${ring}/cryptoKeys/${name}`;
}

const encryptedBucket = (key: string) =>
  newBucket(local.cloud, { ...PRIVATE_BUCKET, encryption: { defaultKmsKeyName: key } });
const setState = (key: string, version: number, state: string) =>
  local.call('PATCH', `/kms/v1/${key}/cryptoKeyVersions/${version}?updateMask=state`, { body: { state } });
const read = async (path: string) => {
  const response = await send(local.cloud, 'GET', path);
  return [response.status, await response.text()] as const;
};

beforeAll(async () => {
  await local.call('POST', `/kms/v1/${ring.replace('/at-rest', '')}?keyRingId=at-rest`, { body: {} });
});

describe('an object with a key of Cloud KMS', () => {
  it('says which version encrypted it, and keeps its hashes out of lists', async () => {
    const key = await newKey('default');
    const bucket = await encryptedBucket(key);
    const { body } = await upload(local.cloud, bucket, 'a', 'secret');
    expect(body).toMatchObject({ kmsKeyName: `${key}/cryptoKeyVersions/1`, size: '6' });
    expect(body).toHaveProperty('md5Hash');
    const list = await local.call('GET', `/storage/v1/b/${bucket}/o`);
    expect(list.body.items).toMatchObject([{ name: 'a', kmsKeyName: `${key}/cryptoKeyVersions/1` }]);
    expect(list.body.items[0]).not.toHaveProperty('md5Hash');
    expect(list.body.items[0]).not.toHaveProperty('crc32c');
    expect((await local.call('GET', `/storage/v1/b/${bucket}/o/a`)).body).toMatchObject({
      crc32c: body.crc32c,
    });
    const storage = await storageAs(local.cloud);
    expect((await storage.bucket(bucket).file('a').download())[0].toString()).toBe('secret');
    expect(local.cloud.auditLog().filter(({ member }) => member === agent)).not.toEqual([]);
  });

  it('cannot be read while its version is disabled, by neither API, whatever encrypts now', async () => {
    const key = await newKey('rotated');
    const bucket = await encryptedBucket(key);
    await upload(local.cloud, bucket, 'old', 'one');
    await local.call('POST', `/kms/v1/${key}/cryptoKeyVersions`, { body: {} });
    await local.call('POST', `/kms/v1/${key}:updatePrimaryVersion`, { body: { cryptoKeyVersionId: '2' } });
    expect((await upload(local.cloud, bucket, 'new', 'two')).body.kmsKeyName).toMatch(/\/2$/);
    await setState(key, 1, 'DISABLED');
    const media = `/storage/v1/b/${bucket}/o/old?alt=media`;
    expect(await read(media)).toEqual([400, DISABLED]);
    expect(await read(`/${bucket}/old`)).toEqual([
      400,
      expect.stringContaining('<Code>CloudKmsDisabledKey</Code>'),
    ]);
    const { status, body } = await local.call('GET', `/storage/v1/b/${bucket}/o/old`);
    expect([status, 'md5Hash' in body]).toEqual([200, false]);
    const copied = await local.call('POST', `/storage/v1/b/${bucket}/o/old/rewriteTo/b/${bucket}/o/copy`);
    expect([copied.status, copied.body.error.errors[0].reason]).toEqual([400, 'cloudKmsDisabledKey']);
    expect(await read(media.replace('old', 'new'))).toEqual([200, 'two']);
    await setState(key, 1, 'ENABLED');
    expect(await read(media)).toEqual([200, 'one']);
    await local.call('POST', `/kms/v1/${key}/cryptoKeyVersions/1:destroy`, { body: {} });
    expect(await read(media)).toEqual([400, DISABLED]);
  });

  it('cannot be read or written any more once the grant is taken', async () => {
    const key = await newKey('revoked');
    const bucket = await encryptedBucket(key);
    await upload(local.cloud, bucket, 'a', 'secret');
    await local.call('POST', `/kms/v1/${key}:setIamPolicy`, { body: { policy: { bindings: [] } } });
    expect(await read(`/storage/v1/b/${bucket}/o/a?alt=media`)).toEqual([403, DENIED]);
    expect(await read(`/${bucket}/a`)).toEqual([403, expect.stringContaining('<Code>AccessDenied</Code>')]);
    const refused = await upload(local.cloud, bucket, 'b', 'other');
    expect([refused.status, refused.body.error.message]).toEqual([403, DENIED]);
  });

  it('has the key of the request, else of the bucket; another needs a rewrite', async () => {
    const [first, second] = [await newKey('first'), await newKey('second')];
    const bucket = await newBucket(local.cloud);
    expect((await upload(local.cloud, bucket, 'plain', 'x')).body).not.toHaveProperty('kmsKeyName');
    await upload(local.cloud, bucket, 'a', 'text', `&kmsKeyName=${first}`);
    const object = `/storage/v1/b/${bucket}/o/a`;
    const patch = (kmsKeyName: string) => local.call('PATCH', object, { body: { kmsKeyName } });
    expect((await patch(second)).body.error.errors[0].reason).toBe('cloudKmsCannotChangeKeyName');
    expect((await patch(`${first}/cryptoKeyVersions/1`)).status).toBe(200);
    const rewritten = await local.call(
      'POST',
      `${object}/rewriteTo/b/${bucket}/o/a?destinationKmsKeyName=${second}`,
    );
    expect(rewritten.body.resource.kmsKeyName).toBe(`${second}/cryptoKeyVersions/1`);
    expect(await read(`${object}?alt=media`)).toEqual([200, 'text']);
  });
});

describe('a key that a bucket cannot use is refused', () => {
  it.each<[string, () => Promise<string>, number, unknown]>([
    ['without a grant for the agent', () => newKey('ungranted', false), 403, DENIED],
    [
      'elsewhere',
      async () => `${ring.replace('us-central1', 'global')}/cryptoKeys/k`,
      400,
      expect.stringContaining("'global' not allowed"),
    ],
    [
      'with a version',
      async () => `${await newKey('versioned')}/cryptoKeyVersions/1`,
      400,
      'Malformed Cloud KMS crypto key.',
    ],
  ])('%s', async (_why, key, status, message) => {
    const encryption = { defaultKmsKeyName: await key() };
    const bucket = await newBucket(local.cloud);
    const answer = await local.call('PATCH', `/storage/v1/b/${bucket}`, { body: { encryption } });
    expect([answer.status, answer.body.error.message]).toEqual([status, message]);
  });
});

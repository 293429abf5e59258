import { KeyManagementServiceClient } from '@google-cloud/kms';
import fc from 'fast-check';
import { OAuth2Client } from 'google-auth-library';
import { beforeAll, describe, expect, it } from 'vitest';
import { open, originOf, seal } from '../../emulator/kms/ciphertext.ts';
import { grant, localCloud } from './support.ts';

let now = new Date('2026-01-01T00:00:00Z');
const context = localCloud({ now: () => now });
const ring = 'projects/demo-project/locations/global/keyRings/ring';
const key = `${ring}/cryptoKeys/first`;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const rotation = { rotationPeriod: '7776000s', nextRotationTime: '2026-04-01T00:00:00Z' };

const createKey = (id: string, body: object = { purpose: 'ENCRYPT_DECRYPT' }) =>
  context.call('POST', `/kms/v1/${ring}/cryptoKeys?cryptoKeyId=${id}`, { body });
const encrypt = (name: string, body: object, as?: string) =>
  context.call('POST', `/kms/v1/${name}:encrypt`, { body, ...(as && { as }) });
const decrypt = (name: string, body: object, as?: string) =>
  context.call('POST', `/kms/v1/${name}:decrypt`, { body, ...(as && { as }) });

beforeAll(async () => {
  await context.call('POST', '/kms/v1/projects/demo-project/locations/global/keyRings?keyRingId=ring');
  await createKey('first');
  await createKey('second');
});

describe('key rings and keys', () => {
  it('cannot be made twice', async () => {
    const again = await context.call(
      'POST',
      '/kms/v1/projects/demo-project/locations/global/keyRings?keyRingId=ring',
    );
    expect(again).toMatchObject({
      status: 409,
      body: { error: { message: `KeyRing ${ring} already exists.` } },
    });
    expect(await createKey('first')).toMatchObject({
      status: 409,
      body: { error: { message: `CryptoKey ${key} already exists.` } },
    });
  });

  it('are told missing only to those who may know', async () => {
    const path = `/kms/v1/${ring}/cryptoKeys/none`;
    expect((await context.call('GET', path)).status).toBe(404);
    expect((await context.call('GET', path, { as: 'user:stranger@example.com' })).status).toBe(403);
  });

  it('are listed in pages', async () => {
    const first = await context.call('GET', `/kms/v1/${ring}/cryptoKeys?pageSize=1`);
    expect(first.body.cryptoKeys.map(({ name }: { name: string }) => name)).toEqual([key]);
    const { nextPageToken } = first.body;
    const next = await context.call(
      'GET',
      `/kms/v1/${ring}/cryptoKeys?pageSize=1&pageToken=${nextPageToken}`,
    );
    expect(next.body.cryptoKeys[0].name).toBe(`${ring}/cryptoKeys/second`);
  });

  it.each([
    [{ purpose: 'ASYMMETRIC_SIGN' }, /purpose/],
    [
      { purpose: 'ENCRYPT_DECRYPT', rotationPeriod: '3600s', nextRotationTime: '2026-04-01T00:00:00Z' },
      /at least 24 hours/,
    ],
    [{ purpose: 'ENCRYPT_DECRYPT', rotationPeriod: '7776000s' }, /next_rotation_time must also be set/],
    [{ purpose: 'ENCRYPT_DECRYPT', ...rotation, nextRotationTime: '2020-01-01T00:00:00Z' }, /in the future/],
  ])('refuse %j', async (body, message) => {
    const answer = await createKey('refused', body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toMatch(message);
    expect((await context.call('GET', `/kms/v1/${ring}/cryptoKeys/refused`)).status).toBe(404);
  });
});

describe('encryption', () => {
  it('gives back what was encrypted, and only with the same key and additional data', async () => {
    const aad = base64('projects/_/buckets/b/objects/o');
    const { body: sealed } = await encrypt(key, {
      plaintext: base64('secret'),
      additionalAuthenticatedData: aad,
    });
    const { ciphertext } = sealed;
    const opened = await decrypt(key, { ciphertext, additionalAuthenticatedData: aad });
    expect(opened.body).toMatchObject({ plaintext: base64('secret'), usedPrimary: true });
    expect(
      await decrypt(`${ring}/cryptoKeys/second`, { ciphertext, additionalAuthenticatedData: aad }),
    ).toMatchObject({
      status: 400,
      body: { error: { message: "Decryption failed: verify that 'name' refers to the correct CryptoKey." } },
    });
    expect(await decrypt(key, { ciphertext })).toMatchObject({
      status: 400,
      body: { error: { message: 'Decryption failed: the ciphertext is invalid.' } },
    });
  });

  it('verifies checksums and says so', async () => {
    // CRC32C of "123456789" is 0xE3069283 (RFC 3720, appendix B.4).
    const plaintext = base64('123456789');
    const good = await encrypt(key, { plaintext, plaintextCrc32c: String(0xe3069283) });
    expect(good.body.verifiedPlaintextCrc32c).toBe(true);
    const silent = await encrypt(key, { plaintext });
    expect(silent.body.verifiedPlaintextCrc32c).toBe(false);
    const bad = await encrypt(key, { plaintext, plaintextCrc32c: '1' });
    expect(bad.status).toBe(400);
    expect(bad.body.error.message).toContain('plaintext_crc32c did not match');
    const { body } = await decrypt(key, {
      ciphertext: good.body.ciphertext,
      ciphertextCrc32c: good.body.ciphertextCrc32c,
    });
    expect(body.plaintextCrc32c).toBe(String(0xe3069283));
    const altered = await decrypt(key, { ciphertext: good.body.ciphertext, ciphertextCrc32c: '1' });
    expect(altered.status).toBe(400);
  });

  it('takes 64 KiB and not a byte more', async () => {
    const bytes = Buffer.alloc(64 * 1024, 7);
    const sealed = await encrypt(key, { plaintext: bytes.toString('base64') });
    const opened = await decrypt(key, { ciphertext: sealed.body.ciphertext });
    expect(Buffer.from(opened.body.plaintext, 'base64')).toEqual(bytes);
    const more = await encrypt(key, { plaintext: Buffer.alloc(64 * 1024 + 1).toString('base64') });
    expect(more.status).toBe(400);
  });

  it('is refused to whoever may only decrypt, and the other way round', async () => {
    const [reader, writer] = ['user:reader@example.com', 'user:writer@example.com'];
    await grant(context.cloud, `/kms/v1/${key}`, 'roles/cloudkms.cryptoKeyDecrypter', reader);
    await grant(context.cloud, `/kms/v1/${key}`, 'roles/cloudkms.cryptoKeyEncrypter', writer);
    const { status, body } = await encrypt(key, { plaintext: base64('x') }, writer);
    expect(status).toBe(200);
    expect((await decrypt(key, { ciphertext: body.ciphertext }, reader)).status).toBe(200);
    expect(await decrypt(key, { ciphertext: body.ciphertext }, writer)).toMatchObject({
      status: 403,
      body: {
        error: {
          message: `Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied on resource '${key}' (or it may not exist).`,
        },
      },
    });
    expect((await encrypt(key, { plaintext: base64('x') }, reader)).status).toBe(403);
    expect((await decrypt(`${ring}/cryptoKeys/second`, { ciphertext: '' }, reader)).status).toBe(403);
  });

  it('follows rotation, and stops with a version that is disabled or destroyed', async () => {
    await createKey('rotated');
    const rotated = `${ring}/cryptoKeys/rotated`;
    const { body: old } = await encrypt(rotated, { plaintext: base64('old') });
    await context.call('POST', `/kms/v1/${rotated}/cryptoKeyVersions`, { body: {} });
    await context.call('POST', `/kms/v1/${rotated}:updatePrimaryVersion`, {
      body: { cryptoKeyVersionId: '2' },
    });
    expect((await encrypt(rotated, { plaintext: base64('new') })).body.name).toBe(
      `${rotated}/cryptoKeyVersions/2`,
    );
    expect((await decrypt(rotated, { ciphertext: old.ciphertext })).body.usedPrimary).toBe(false);

    const version = `/kms/v1/${rotated}/cryptoKeyVersions/1`;
    await context.call('PATCH', `${version}?updateMask=state`, { body: { state: 'DISABLED' } });
    expect(await decrypt(rotated, { ciphertext: old.ciphertext })).toMatchObject({
      status: 400,
      body: {
        error: { message: `${rotated}/cryptoKeyVersions/1 is not enabled, current state is: DISABLED.` },
      },
    });
    await context.call('POST', `${version}:destroy`, { body: {} });
    now = new Date(now.getTime() + 31 * 24 * 60 * 60 * 1000);
    expect((await context.call('GET', version)).body.state).toBe('DESTROYED');
    expect((await context.call('POST', `${version}:restore`, { body: {} })).status).toBe(400);
  });

  it('rotates by itself when it is time', async () => {
    now = new Date('2026-03-01T00:00:00Z');
    await createKey('periodic', { purpose: 'ENCRYPT_DECRYPT', ...rotation });
    now = new Date('2026-04-02T00:00:00Z');
    const { body } = await context.call('GET', `/kms/v1/${ring}/cryptoKeys/periodic`);
    expect(body.primary.name).toMatch(/cryptoKeyVersions\/2$/);
    expect(body.nextRotationTime).toBe('2026-06-30T00:00:00.000Z');
  });
});

describe('ciphertexts', () => {
  const material = Buffer.alloc(32, 1);
  const origin = { keyUid: 'ab'.repeat(16), version: 3 };

  it('name their key and version, and open to the same bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 70_000 }),
        fc.uint8Array({ maxLength: 100 }),
        (plaintext, aad) => {
          const sealed = seal(material, origin, Buffer.from(plaintext), Buffer.from(aad));
          expect(originOf(sealed)).toEqual(origin);
          expect(open(material, sealed, Buffer.from(aad))).toEqual(Buffer.from(plaintext));
        },
      ),
    );
  });

  it('do not open when any byte was changed, cut off or added', () => {
    const sealed = seal(material, origin, Buffer.from('secret'), Buffer.alloc(0));
    for (let index = 0; index < sealed.length; index++) {
      const altered = Buffer.from(sealed);
      altered[index] = (altered[index] ?? 0) ^ 1;
      expect(open(material, altered, Buffer.alloc(0))).toBeUndefined();
      expect(open(material, sealed.subarray(0, index), Buffer.alloc(0))).toBeUndefined();
    }
    expect(open(material, Buffer.concat([sealed, Buffer.from([0])]), Buffer.alloc(0))).toBeUndefined();
  });
});

describe("Google's own client", () => {
  it('encrypts and decrypts over REST', async () => {
    const { hostname, port } = new URL(context.cloud.url);
    const authClient = new OAuth2Client({
      credentials: { access_token: context.cloud.tokenFor(context.cloud.owner) },
    });
    const client = new KeyManagementServiceClient({
      apiEndpoint: hostname,
      port: Number(port),
      protocol: 'http',
      fallback: true,
      authClient,
    });
    const [sealed] = await client.encrypt({ name: key, plaintext: Buffer.from('through the client') });
    expect(sealed.name).toBe(`${key}/cryptoKeyVersions/1`);
    const [opened] = await client.decrypt({ name: key, ciphertext: sealed.ciphertext ?? null });
    expect(Buffer.from(opened.plaintext as Uint8Array).toString()).toBe('through the client');
    await expect(client.getCryptoKey({ name: `${ring}/cryptoKeys/none` })).rejects.toThrow(/not found/);
    // The client sends enumerations as numbers.
    const [made] = await client.createCryptoKey({
      parent: ring,
      cryptoKeyId: 'by-client',
      cryptoKey: { purpose: 'ENCRYPT_DECRYPT' },
    });
    expect(made.purpose).toBe('ENCRYPT_DECRYPT');
    const cryptoKeyVersion = { name: `${made.name}/cryptoKeyVersions/1`, state: 'DISABLED' } as const;
    const [disabled] = await client.updateCryptoKeyVersion({
      cryptoKeyVersion,
      updateMask: { paths: ['state'] },
    });
    expect(disabled.state).toBe('DISABLED');
    await client.close();
  });
});

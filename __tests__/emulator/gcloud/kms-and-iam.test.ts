import { crc32c } from '@aws-crypto/crc32c';
import { beforeAll, describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { type GcloudCall, gcloud, urlSafe } from './support.ts';

const context = localCloud();
const send = (method: string, path: string, call?: GcloudCall) => gcloud(context.cloud, method, path, call);

const RINGS = '/v1/projects/demo-project/locations/global/keyRings';
const KEYS = `${RINGS}/cloudrun-secrets/cryptoKeys`;
const KEY = `${KEYS}/cloudrun-identity`;
const ACCOUNTS = '/v1/projects/demo-project/serviceAccounts';
const EMAIL = 'cloud-run-identity@demo-project.iam.gserviceaccount.com';
const ENCRYPT_DECRYPT = {
  purpose: 'ENCRYPT_DECRYPT',
  versionTemplate: { algorithm: 'GOOGLE_SYMMETRIC_ENCRYPTION', protectionLevel: 'SOFTWARE' },
};

beforeAll(async () => {
  await send('POST', `${RINGS}?alt=json&keyRingId=cloudrun-secrets`, { body: {} });
  await send('POST', `${KEYS}?alt=json&cryptoKeyId=cloudrun-identity`, { body: ENCRYPT_DECRYPT });
});

describe('gcloud kms', () => {
  it('keyrings create, describe, list', async () => {
    const created = await send('POST', `${RINGS}?alt=json&keyRingId=second`, { body: {} });
    expect(created).toMatchObject({ status: 200, body: { name: `${RINGS.slice(4)}/second` } });
    expect((await send('POST', `${RINGS}?alt=json&keyRingId=second`, { body: {} })).status).toBe(409);
    expect((await send('GET', `${RINGS}/second?alt=json`)).body).toEqual(created.body);
    const first = await send('GET', `${RINGS}?alt=json&pageSize=1`);
    expect(first.body.keyRings).toHaveLength(1);
    const token = encodeURIComponent(first.body.nextPageToken);
    const second = await send('GET', `${RINGS}?alt=json&pageSize=1&pageToken=${token}`);
    expect(second.body.keyRings).toEqual([created.body]);
    expect(second.body.nextPageToken).toBeUndefined();
  });

  it('keys create, describe, list, update', async () => {
    const created = await send('POST', `${KEYS}?alt=json&cryptoKeyId=second`, { body: ENCRYPT_DECRYPT });
    expect(created).toMatchObject({
      status: 200,
      body: { purpose: 'ENCRYPT_DECRYPT', primary: { state: 'ENABLED' } },
    });
    expect((await send('GET', `${KEYS}/second?alt=json`)).body).toEqual(created.body);
    const { body: list } = await send('GET', `${KEYS}?alt=json&pageSize=100`);
    expect(list.cryptoKeys).toContainEqual(created.body);
    const changes = {
      labels: { team: 'payments' },
      nextRotationTime: '2127-01-01T00:00:00.000Z',
      rotationPeriod: '2592000s',
    };
    const updateMask = 'labels%2CrotationPeriod%2CnextRotationTime';
    const updated = await send('PATCH', `${KEYS}/second?alt=json&updateMask=${updateMask}`, {
      body: changes,
    });
    expect(updated).toMatchObject({ status: 200, body: changes });
  });

  it('encrypt, decrypt: what it encrypted comes back in base64 of the other alphabet', async () => {
    const plaintext = Buffer.from('{"DB_PASS":"Not-A-Secret"}');
    const encrypted = await send('POST', `${KEY}:encrypt?alt=json`, {
      body: {
        // The checksum of the additional data that there is not.
        additionalAuthenticatedDataCrc32c: '0',
        plaintext: plaintext.toString('base64'),
        plaintextCrc32c: String(crc32c(plaintext)),
      },
    });
    expect(encrypted.body).toMatchObject({
      verifiedAdditionalAuthenticatedDataCrc32c: true,
      verifiedPlaintextCrc32c: true,
    });
    const { ciphertext, ciphertextCrc32c } = encrypted.body;
    const decrypted = await send('POST', `${KEY}:decrypt?alt=json`, {
      body: { additionalAuthenticatedDataCrc32c: '0', ciphertext: urlSafe(ciphertext), ciphertextCrc32c },
    });
    expect(decrypted.body).toMatchObject({ plaintext: plaintext.toString('base64'), usedPrimary: true });
  });

  it('keys versions create --primary, disable, list', async () => {
    const created = await send('POST', `${KEY}/cryptoKeyVersions?alt=json`, { body: {} });
    const [number] = created.body.name.split('/').slice(-1);
    const primary = await send('POST', `${KEY}:updatePrimaryVersion?alt=json`, {
      body: { cryptoKeyVersionId: number },
    });
    expect(primary.body.primary.name).toBe(created.body.name);
    const disabled = await send('PATCH', `${KEY}/cryptoKeyVersions/1?alt=json&updateMask=state`, {
      body: { state: 'DISABLED' },
    });
    expect(disabled.body.state).toBe('DISABLED');
    const { body } = await send('GET', `${KEY}/cryptoKeyVersions?alt=json&pageSize=100`);
    expect(body.cryptoKeyVersions.map(({ state }: { state: string }) => state)).toEqual([
      'DISABLED',
      'ENABLED',
    ]);
  });

  it('keys add-iam-policy-binding', async () => {
    const read = `${KEY}:getIamPolicy?alt=json&options.requestedPolicyVersion=3`;
    const { body: before } = await send('GET', read);
    const bindings = [{ members: [`serviceAccount:${EMAIL}`], role: 'roles/cloudkms.cryptoKeyDecrypter' }];
    const body = { policy: { bindings, etag: urlSafe(before.etag), version: 3 } };
    expect((await send('POST', `${KEY}:setIamPolicy?alt=json`, { body })).body.bindings).toEqual(bindings);
    expect((await send('GET', read)).body.bindings).toEqual(bindings);
    // The etag has changed with it: who read before it must read again.
    const stale = await send('POST', `${KEY}:setIamPolicy?alt=json`, { body });
    expect(stale).toMatchObject({ status: 409, body: { error: { status: 'ABORTED' } } });
  });
});

describe('gcloud iam service-accounts', () => {
  it('create, describe, list, add-iam-policy-binding, delete', async () => {
    const serviceAccount = { displayName: 'Cloud Run identity' };
    const created = await send('POST', `${ACCOUNTS}?alt=json`, {
      body: { accountId: 'cloud-run-identity', serviceAccount },
    });
    expect(created.body).toMatchObject({ email: EMAIL, ...serviceAccount });
    const anyProject = `/v1/projects/-/serviceAccounts/${EMAIL}?alt=json`;
    expect((await send('GET', anyProject)).body).toEqual(created.body);
    await send('POST', `${ACCOUNTS}?alt=json`, { body: { accountId: 'another', serviceAccount: {} } });
    const first = await send('GET', `${ACCOUNTS}?alt=json&pageSize=1`);
    expect(first.body.accounts).toEqual([created.body]);
    expect(first.body.nextPageToken).toEqual(expect.any(String));

    const read = `${ACCOUNTS}/${EMAIL}:getIamPolicy?alt=json&options.requestedPolicyVersion=3`;
    const { etag } = (await send('POST', read)).body;
    const bindings = [{ members: ['user:deployer@example.com'], role: 'roles/iam.serviceAccountUser' }];
    const body = { policy: { bindings, etag: urlSafe(etag), version: 3 } };
    expect((await send('POST', `${ACCOUNTS}/${EMAIL}:setIamPolicy?alt=json`, { body })).status).toBe(200);
    expect((await send('POST', read)).body.bindings).toEqual(bindings);

    expect(await send('DELETE', anyProject)).toMatchObject({ status: 200, body: {} });
    expect((await send('GET', anyProject)).status).toBe(404);
  });
});

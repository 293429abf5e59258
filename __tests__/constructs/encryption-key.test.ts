import { expect, test } from 'vitest';
import { EncryptionKey, encryptionKeyId } from '../../constructs/encryption-key.ts';
import { ServiceIdentity } from '../../constructs/service-identity.ts';
import { only, reference, synthesize } from './support/synthesize.ts';

const keyId = encryptionKeyId({
  projectId: 'my-project',
  keyLocation: 'europe',
  keyRingName: 'ring',
  keyName: 'key',
});

test("a key's id is its full resource name", () => {
  expect(keyId).toBe('projects/my-project/locations/europe/keyRings/ring/cryptoKeys/key');
});

test('naming a key that exists makes nothing', () => {
  const { json } = synthesize((stack) => {
    new EncryptionKey(stack, 'key', { keyId });
  });
  expect(json.resource).toBeUndefined();
});

test('grantDecrypt adds one member to the key itself, with the role that only decrypts', () => {
  const { json } = synthesize((stack) => {
    const identity = new ServiceIdentity(stack, 'identity', { accountId: 'orders', displayName: 'Orders' });
    new EncryptionKey(stack, 'key', { keyId }).grantDecrypt(identity);
  });
  expect(only(json, 'google_kms_crypto_key_iam_member')).toEqual({
    crypto_key_id: keyId,
    role: 'roles/cloudkms.cryptoKeyDecrypter',
    member: `serviceAccount:${reference('google_service_account.identity.email')}`,
    lifecycle: { create_before_destroy: true },
  });
  expect(Object.keys(json.resource)).toEqual(['google_kms_crypto_key_iam_member', 'google_service_account']);
});

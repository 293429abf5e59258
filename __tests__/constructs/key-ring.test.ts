import { expect, test } from 'vitest';
import { KeyRing } from '../../constructs/key-ring.ts';
import { ServiceIdentity } from '../../constructs/service-identity.ts';
import { only, reference, synthesize } from './support/synthesize.ts';

test('a key ring and its key are never destroyed, and the key rotates every 90 days', () => {
  const { json } = synthesize((stack) => {
    new KeyRing(stack, 'ring', { name: 'secrets', location: 'global' }).addKey('key', { name: 'orders' });
  });
  expect(only(json, 'google_kms_key_ring')).toEqual({
    name: 'secrets',
    location: 'global',
    lifecycle: { prevent_destroy: true },
  });
  expect(only(json, 'google_kms_crypto_key')).toEqual({
    name: 'orders',
    key_ring: reference('google_kms_key_ring.ring.id'),
    purpose: 'ENCRYPT_DECRYPT',
    rotation_period: '7776000s',
    labels: { app: 'cloud-run-identity' },
    lifecycle: { prevent_destroy: true },
  });
});

test('a key made here grants like any other, and the grant waits for the key', () => {
  const { json } = synthesize((stack) => {
    const key = new KeyRing(stack, 'ring', { name: 'secrets', location: 'global' }).addKey('key', {
      name: 'orders',
    });
    key.grantDecrypt(new ServiceIdentity(stack, 'identity', { accountId: 'orders', displayName: 'Orders' }));
  });
  const [address] = Object.keys(json.resource.google_kms_crypto_key ?? {});
  const grant = only(json, 'google_kms_crypto_key_iam_member');
  expect(grant.crypto_key_id).toBe(`\${google_kms_crypto_key.${address}.id}`);
});

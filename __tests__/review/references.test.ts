import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolveReferences } from '../../review/terraform/references.ts';

const reference = (address: string) => `\${${address}}`;

const resources = [
  {
    address: 'google_service_account.identity',
    type: 'google_service_account',
    project: 'my-project',
    arguments: { account_id: 'orders' },
  },
  {
    address: 'google_kms_key_ring.ring',
    type: 'google_kms_key_ring',
    project: 'my-project',
    arguments: { name: 'secrets', location: 'global' },
  },
  {
    address: 'google_kms_crypto_key.key',
    type: 'google_kms_crypto_key',
    project: undefined,
    arguments: { name: 'orders', key_ring: reference('google_kms_key_ring.ring.id') },
  },
];

test.each([
  ['google_service_account.identity.email', 'orders@my-project.iam.gserviceaccount.com'],
  ['google_service_account.identity.member', 'serviceAccount:orders@my-project.iam.gserviceaccount.com'],
  ['google_kms_key_ring.ring.name', 'secrets'],
  ['google_kms_crypto_key.key.id', 'projects/my-project/locations/global/keyRings/secrets/cryptoKeys/orders'],
])('%s is known before deployment', (address, expected) => {
  expect(resolveReferences(`a ${reference(address)} b`, resources)).toBe(`a ${expected} b`);
});

test.each([
  reference('google_service_account.identity.unique_id'),
  reference('google_service_account.other.email'),
  reference('data.google_project.project.number'),
  `$${reference('google_kms_key_ring.ring.name')}`,
])('%s stays as it is', (text) => {
  expect(resolveReferences(text, resources)).toBe(text);
});

test('lists and maps are resolved all the way down', () => {
  const name = reference('google_kms_key_ring.ring.name');
  expect(resolveReferences({ a: [{ b: name }, 1, null] }, resources)).toEqual({
    a: [{ b: 'secrets' }, 1, null],
  });
});

test('resources that refer to each other in a circle end', () => {
  const circle = ['a', 'b'].map((name, index) => ({
    address: `google_x.${name}`,
    type: 'google_x',
    project: undefined,
    arguments: { name: reference(`google_x.${index === 0 ? 'b' : 'a'}.name`) },
  }));
  expect(resolveReferences(reference('google_x.a.name'), circle)).toBe(reference('google_x.a.name'));
});

test('text without a reference stays as it is, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', '.', '&', "'", '`', 'a') }), (text) => {
      expect(resolveReferences(text, resources)).toBe(text);
    }),
  );
});

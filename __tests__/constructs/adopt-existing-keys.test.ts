import { expect, test } from 'vitest';
import { foundationStack } from './support/stacks.ts';
import { only, reference } from './support/synthesize.ts';

const ringId = 'projects/my-project/locations/global/keyRings/cloudrun-secrets';
const ringsFound = '[for r in coalesce(data.google_kms_key_rings.key-ring.key_rings, []) : r.id]';

test('nothing is looked up or imported unless it is asked for', () => {
  const { json } = foundationStack();
  expect(json.data).toBeUndefined();
  expect(json.import).toBeUndefined();
});

test('the key ring and the key are imported when a look-up by their full name finds them', () => {
  const { json } = foundationStack({ adoptExistingKey: true });
  const [keyName = ''] = Object.keys(json.resource.google_kms_crypto_key ?? {});
  expect(json.data).toEqual({
    google_kms_key_rings: {
      'key-ring': { project: 'my-project', location: 'global', filter: `name=${ringId}` },
    },
    google_kms_crypto_keys: {
      [keyName]: {
        for_each: reference(`toset(${ringsFound})`),
        key_ring: reference('each.value'),
        filter: `name=${ringId}/cryptoKeys/cloudrun-identity`,
      },
    },
  });
  const keysFound = `[for d in data.google_kms_crypto_keys.${keyName} : [for k in coalesce(d.keys, []) : k.id]]`;
  expect(json.import).toEqual([
    {
      for_each: reference(`toset(${ringsFound})`),
      to: 'google_kms_key_ring.key-ring',
      id: reference('each.value'),
    },
    {
      for_each: reference(`toset(flatten(${keysFound}))`),
      to: `google_kms_crypto_key.${keyName}`,
      id: reference('each.value'),
    },
  ]);
});

test('no look-up waits for something to be made, or Terraform could not plan the imports', () => {
  const { json } = foundationStack({ adoptExistingKey: true, storageKeyName: 'at-rest' });
  const lookups = ['google_kms_key_rings', 'google_kms_crypto_keys'].flatMap((type) =>
    Object.values(json.data?.[type] ?? {}),
  );
  expect(lookups).toHaveLength(4);
  expect(lookups.filter((lookup) => 'depends_on' in lookup)).toEqual([]);
  expect(JSON.stringify(lookups)).not.toMatch(/\$\{google_/);
});

test('the keys themselves are as without adoption', () => {
  const adopting = foundationStack({ adoptExistingKey: true }).json;
  expect(only(adopting, 'google_kms_crypto_key')).toEqual(
    only(foundationStack().json, 'google_kms_crypto_key'),
  );
});

test('every ring and every key of several services is adopted, each into its own place', () => {
  const services = [{ name: 'orders' }, { name: 'invoices' }];
  const { json } = foundationStack({ adoptExistingKey: true, services, storageKeyName: 'at-rest' });
  const made = ['google_kms_key_ring', 'google_kms_crypto_key'].flatMap((type) =>
    Object.keys(json.resource[type] ?? {}).map((name) => `${type}.${name}`),
  );
  expect(json.import?.map(({ to }) => to).sort()).toEqual(made.sort());
  expect(made).toHaveLength(5);
});

test('a ring that also holds the storage key is adopted once', () => {
  const { json } = foundationStack({
    adoptExistingKey: true,
    keyLocation: 'us-central1',
    storageKeyName: 'at-rest',
  });
  expect(json.import?.map(({ to }) => String(to).split('.')[0])).toEqual([
    'google_kms_key_ring',
    'google_kms_crypto_key',
    'google_kms_crypto_key',
  ]);
});

test('with the key elsewhere there is nothing to adopt', () => {
  const keyId = 'projects/their-project/locations/global/keyRings/r/cryptoKeys/k';
  expect(foundationStack({ adoptExistingKey: true, keyId }).json.import).toBeUndefined();
});

import { expect, test } from 'vitest';
import { foundationStack, serviceStack } from './support/stacks.ts';
import { type Arguments, only, reference, type TerraformJson } from './support/synthesize.ts';

const storageKeyName = 'at-rest';

/** A key of the foundation by its name, and how Terraform refers to its id. */
function key(json: TerraformJson, name: string): Arguments & { reference: string } {
  const [address, found] =
    Object.entries(json.resource.google_kms_crypto_key ?? {}).find(([, value]) => value.name === name) ?? [];
  return { ...(found as Arguments), reference: reference(`google_kms_crypto_key.${address}.id`) };
}

test('bucket and repository are encrypted by Google until a storage key is named', () => {
  expect(only(serviceStack().json, 'google_storage_bucket')).not.toHaveProperty('encryption');
  expect(only(foundationStack().json, 'google_artifact_registry_repository')).not.toHaveProperty(
    'kms_key_name',
  );
});

test("the storage key is another than the service's, in the region of what it encrypts, and kept as well", () => {
  const { json } = foundationStack({ storageKeyName });
  const rings = json.resource.google_kms_key_ring ?? {};
  expect(
    Object.values(rings)
      .map(({ name, location }) => `${name} ${location}`)
      .sort(),
  ).toEqual(['cloudrun-secrets global', 'cloudrun-secrets us-central1']);
  const storageKey = key(json, storageKeyName);
  expect(storageKey.key_ring).toBe(reference('google_kms_key_ring.storage-key-ring.id'));
  expect(storageKey).toMatchObject({ rotation_period: '7776000s', lifecycle: { prevent_destroy: true } });
});

test("one ring is enough where the secrets' keys are in the region already", () => {
  const { json } = foundationStack({ storageKeyName, keyLocation: 'us-central1' });
  only(json, 'google_kms_key_ring');
  expect(Object.keys(json.resource.google_kms_crypto_key ?? {})).toHaveLength(2);
});

test('the agents of Cloud Storage and Artifact Registry may use the storage key, and no other key', () => {
  const { json } = foundationStack({ storageKeyName });
  const grants = Object.values(json.resource.google_kms_crypto_key_iam_member ?? {});
  expect(grants.map(({ role }) => role)).toEqual([
    'roles/cloudkms.cryptoKeyEncrypterDecrypter',
    'roles/cloudkms.cryptoKeyEncrypterDecrypter',
  ]);
  expect(grants.map(({ crypto_key_id }) => crypto_key_id)).toEqual(
    Array(2).fill(key(json, storageKeyName).reference),
  );
  expect(grants.map(({ member }) => member)).toEqual([
    expect.stringMatching(
      /^serviceAccount:service-\$\{data\.google_project\..*\.number\}@gcp-sa-artifactregistry\.iam\.gserviceaccount\.com$/,
    ),
    expect.stringMatching(
      /^serviceAccount:\$\{data\.google_storage_project_service_account\..*\.email_address\}$/,
    ),
  ]);
});

test('the repository is made with the key, after the grants', () => {
  const { json } = foundationStack({ storageKeyName });
  const repository = only(json, 'google_artifact_registry_repository');
  expect(repository.kms_key_name).toBe(key(json, storageKeyName).reference);
  const grants = Object.keys(json.resource.google_kms_crypto_key_iam_member ?? {});
  expect(repository.depends_on).toEqual(
    expect.arrayContaining(grants.map((name) => `google_kms_crypto_key_iam_member.${name}`)),
  );
});

test('the bucket names the key that the foundation makes, without reading its state', () => {
  const { json } = serviceStack({ storageKeyName });
  expect(only(json, 'google_storage_bucket').encryption).toEqual({
    default_kms_key_name:
      'projects/my-project/locations/us-central1/keyRings/cloudrun-secrets/cryptoKeys/at-rest',
  });
});

test("a storage key is made even when the services' keys are elsewhere", () => {
  const keyId = 'projects/their-project/locations/us-central1/keyRings/r/cryptoKeys/k';
  const { json } = foundationStack({ storageKeyName, keyId, keyLocation: 'us-central1' });
  expect(only(json, 'google_kms_crypto_key').name).toBe(storageKeyName);
});

import { expect, test } from 'vitest';
import { foundationStack, serviceStack } from './support/stacks.ts';
import { type Arguments, only, reference, type TerraformJson } from './support/synthesize.ts';

const names = ['orders', 'invoices', 'billing-app'];
const services = names.map((name) => ({
  name,
  public: name === 'invoices',
  minInstances: 1,
  maxInstances: 9,
}));

function all(json: TerraformJson, type: string): Arguments[] {
  return Object.values(json.resource[type] ?? {});
}

/** The service accounts of a stack: how Terraform refers to each, and its name. */
function accounts(json: TerraformJson): [member: string, accountId: string][] {
  return Object.entries(json.resource.google_service_account ?? {}).map(([name, account]) => [
    `serviceAccount:\${google_service_account.${name}.email}`,
    account.account_id,
  ]);
}

const { json } = serviceStack({ services });

test('each service runs as an identity of its own, in one bucket', () => {
  expect(
    all(json, 'google_cloud_run_service')
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...names].sort());
  const runAs = all(json, 'google_cloud_run_service').map(
    ({ template }) => template.spec.service_account_name,
  );
  expect(new Set(runAs).size).toBe(names.length);
  expect(all(json, 'google_storage_bucket')).toHaveLength(1);
});

test('each identity is granted its own key and its own object, and nothing else', () => {
  const grants = [
    ...all(json, 'google_kms_crypto_key_iam_member').map(({ member, crypto_key_id }) => [
      member,
      crypto_key_id,
    ]),
    ...all(json, 'google_storage_bucket_iam_member').map(({ member, condition }) => [
      member,
      condition.expression,
    ]),
  ];
  const expected = accounts(json).flatMap(([member, name]) => [
    [member, `projects/my-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/${name}`],
    [
      member,
      `resource.name == "projects/_/buckets/${reference('google_storage_bucket.bucket.name')}/objects/${name}.enc"`,
    ],
  ]);
  expect(grants.sort()).toEqual(expected.sort());
});

test('a service waits for its own grants and object only', () => {
  for (const [address, run] of Object.entries(json.resource.google_cloud_run_service ?? {})) {
    const name = names.find((candidate) => address.startsWith(`services_${candidate}_`)) as string;
    expect(run.depends_on).toHaveLength(3);
    expect(run.depends_on.filter((needed: string) => !needed.includes(name))).toEqual([]);
  }
});

test('only the public service is public, and hides its values', () => {
  const [invoker, ...others] = all(json, 'google_cloud_run_service_iam_member');
  expect(others).toEqual([]);
  expect(invoker?.service).toContain('services_invoices_service');
  for (const run of all(json, 'google_cloud_run_service')) {
    const [container] = run.template.spec.containers;
    const value = run.name === 'invoices' ? 'hidden' : 'masked';
    expect(container.env).toContainEqual({ name: 'PAGE_VALUES', value });
  }
});

test('scaling reaches each service', () => {
  for (const run of all(json, 'google_cloud_run_service')) {
    expect(run.template.metadata.annotations).toMatchObject({
      'autoscaling.knative.dev/minScale': '1',
      'autoscaling.knative.dev/maxScale': '9',
    });
  }
});

test('the foundation makes a key for each, in one ring, protected like a single one', () => {
  const foundation = foundationStack({ services }).json;
  only(foundation, 'google_kms_key_ring');
  const keys = all(foundation, 'google_kms_crypto_key');
  expect(keys.map(({ name }) => name).sort()).toEqual([...names].sort());
  expect(keys.every(({ lifecycle }) => lifecycle.prevent_destroy === true)).toBe(true);
});

test('the outputs are by service', () => {
  expect(Object.keys(json.output)).toEqual(['bucket_name', 'services']);
  expect(Object.keys(json.output.services?.value as object).sort()).toEqual([...names].sort());
});

test('a service keeps its addresses when others come, go or change places', () => {
  const addressesOf = (list: readonly object[]) => {
    const stacks = [serviceStack({ services: list }).json, foundationStack({ services: list }).json];
    return stacks
      .flatMap(({ resource }) => Object.values(resource).flatMap((resources) => Object.keys(resources)))
      .filter((address) => address.includes('orders'))
      .sort();
  };
  const alone = addressesOf([{ name: 'orders' }]);
  expect(alone.length).toBeGreaterThanOrEqual(6);
  expect(addressesOf([{ name: 'invoices' }, { name: 'orders' }])).toEqual(alone);
});

test('a service may be called like something else in the stack', () => {
  const clashing = ['bucket', 'services', 'google'].map((name) => ({
    name,
    serviceAccountName: `${name}-account`,
  }));
  expect(all(serviceStack({ services: clashing }).json, 'google_cloud_run_service')).toHaveLength(3);
  const keys = ['orders', 'orders-grants', 'encryption-key', 'storage-key'].map((name) => ({ name }));
  const foundation = foundationStack({
    services: keys,
    keyLocation: 'us-central1',
    storageKeyName: 'at-rest',
  });
  expect(all(foundation.json, 'google_kms_crypto_key')).toHaveLength(5);
});

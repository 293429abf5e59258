import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SERVICE } from '../../settings/table.ts';
import { PROJECT_ROOT, problemsOf, read } from './support.ts';

/** Which settings are wrong, and what is said of them. */
function messagesOf(services: unknown, context: Record<string, unknown> = {}): string[] {
  return problemsOf({ projectId: 'my-project', services, ...context }).map(
    ({ setting, allowed }) => `${setting}: ${allowed}`,
  );
}

test('everything of a listed service follows from its name', () => {
  const { services, isServiceList } = read({ projectId: 'my-project', services: [{ name: 'orders' }] });
  expect(isServiceList).toBe(true);
  expect(services).toEqual([
    {
      serviceName: 'orders',
      image: 'us-central1-docker.pkg.dev/my-project/cloud-run-identity/orders:latest',
      imageName: 'orders',
      serviceAccountName: 'orders',
      objectName: 'orders.enc',
      encryptedConfigFile: resolve(PROJECT_ROOT, 'orders.enc'),
      keyId: 'projects/my-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/orders',
      keyName: 'orders',
      public: false,
      revealValues: false,
      cpu: '1',
      memory: '512Mi',
      concurrency: 80,
      timeoutSeconds: 60,
      platform: 'cloud-run',
      minInstances: 0,
      maxInstances: 3,
      cpuAlwaysAllocated: false,
      startupCpuBoost: true,
      executionEnvironment: 'gen2',
      ingress: 'all',
      secrets: [
        {
          name: 'config',
          objectName: 'orders.enc',
          encryptedFile: resolve(PROJECT_ROOT, 'orders.enc'),
          keyId: 'projects/my-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/orders',
          keyName: 'orders',
          format: 'json',
        },
      ],
    },
  ]);
});

test('each entry may set all of it', () => {
  const keyId = 'projects/their-project/locations/europe/keyRings/ring/cryptoKeys/key';
  const entry = {
    name: 'orders',
    image: 'example.com/orders:1',
    serviceAccountName: 'orders-identity',
    objectName: 'orders/config.enc',
    encryptedConfigFile: 'secrets/orders.enc',
    keyId,
    public: true,
    minInstances: 1,
    maxInstances: '20',
  };
  const { services } = read({
    services: [entry, { name: 'invoices', keyName: 'billing', imageName: 'bills' }],
  });
  expect(services[0]).toMatchObject({
    serviceName: 'orders',
    image: 'example.com/orders:1',
    imageName: 'orders',
    serviceAccountName: 'orders-identity',
    objectName: 'orders/config.enc',
    encryptedConfigFile: resolve(PROJECT_ROOT, 'secrets/orders.enc'),
    keyId,
    keyName: undefined,
    public: true,
    revealValues: false,
    minInstances: 1,
    maxInstances: 20,
  });
  expect(services[1]?.keyId).toMatch(/\/cryptoKeys\/billing$/);
  expect(services[1]?.image).toMatch(/\/bills:latest$/);
});

test('the variable holds the same list as JSON, and goes before the context', () => {
  const environment = { GCP_SERVICES: '[{"name": "orders"}, {"name": "invoices"}]' };
  const { services, origins } = read({ services: [{ name: 'others' }] }, environment);
  expect(services.map(({ serviceName }) => serviceName)).toEqual(['orders', 'invoices']);
  expect(origins).toContainEqual({
    name: 'services[1].name',
    value: 'invoices',
    source: 'environment variable GCP_SERVICES',
  });
  expect(origins).toContainEqual({ name: 'services[1].keyName', value: 'invoices', source: 'default' });
});

test.each([[[]], [{}], ['orders'], ['[{"name": "orders"]'], [null], [7]])(
  '%j is no list of services',
  (services) => {
    expect(messagesOf(services)).toEqual([expect.stringMatching(/^services: a list with an entry for each/)]);
  },
);

test.each([['orders'], [null], [{}], [[]], [{ image: 'example.com/a:1' }]])('%j is no entry', (entry) => {
  expect(messagesOf([{ name: 'orders' }, entry])).toEqual([
    expect.stringMatching(/^services\[1\]: an object with at least the key "name"/),
  ]);
});

test('every problem of every entry is reported at once, by its place in the list', () => {
  const services = [
    { name: 'Orders' },
    { name: 'invoices', publik: true, objectName: 7 },
    { name: 'billing-app', maxInstances: 0 },
  ];
  expect(messagesOf(services).map((message) => message.split(':')[0])).toEqual([
    'services[1].publik',
    'services[0].name',
    'services[1].objectName',
    'services[2].maxInstances',
  ]);
  const [unknown] = problemsOf({ services });
  expect(unknown?.fix).toBe(
    'in the context of cdktf.json, rename it to "public" if that was meant, else remove it',
  );
});

test('a name that makes no service account name asks for one', () => {
  expect(problemsOf({ services: [{ name: 'api' }] })).toEqual([
    expect.objectContaining({
      setting: 'services[0].serviceAccountName',
      got: 'api',
      source: 'default, which follows from services[0].name',
      fix: 'set "services[0].serviceAccountName" in the context of cdktf.json',
    }),
  ]);
});

test.each(['serviceAccountName', 'objectName', 'keyName'])('two services cannot share %s', (name) => {
  const services = [
    { name: 'orders', [name]: 'shared-one' },
    { name: 'invoices', [name]: 'shared-one' },
  ];
  const shared = name === 'keyName' ? 'keyId' : name;
  expect(messagesOf(services)).toEqual([
    `services[1].${shared}: one of its own: services[0].${shared} is the same`,
  ]);
});

test('two services cannot share a key from elsewhere, nor what the default of one is', () => {
  const keyId = 'projects/their-project/locations/global/keyRings/r/cryptoKeys/k';
  expect(
    messagesOf([
      { name: 'orders', keyId },
      { name: 'invoices', keyId },
    ]),
  ).toHaveLength(1);
  expect(messagesOf([{ name: 'orders' }, { name: 'invoices', objectName: 'orders.enc' }])).toEqual([
    'services[1].objectName: one of its own: services[0].objectName is the same',
  ]);
});

test('a name that comes twice is one problem, not one for everything that follows from it', () => {
  expect(messagesOf([{ name: 'orders' }, { name: 'invoices' }, { name: 'orders' }])).toEqual([
    'services[2].name: one of its own: services[0].name is the same',
  ]);
});

test('a public service of the list does not reveal its values', () => {
  expect(messagesOf([{ name: 'orders', public: true, revealValues: true }])).toEqual([
    expect.stringMatching(/^services\[0\]\.revealValues: false on a public service/),
  ]);
});

test.each(Object.keys(SERVICE))('%s does not stand beside the list', (name) => {
  const problems = problemsOf({ services: [{ name: 'orders' }], [name]: '1' });
  expect(problems).toContainEqual(
    expect.objectContaining({ setting: name, fix: 'move it into an entry of "services", or remove it' }),
  );
});

test('whatever the list holds is either accepted or reported below its name', () => {
  const entry = fc.oneof(
    fc.jsonValue(),
    fc.record({ name: fc.oneof(fc.string(), fc.constantFrom('orders', 'invoices')), public: fc.jsonValue() }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.array(entry)), (services) => {
      for (const { setting } of problemsOf({ services })) expect(setting).toMatch(/^services(\[\d+\]|$)/);
    }),
  );
});

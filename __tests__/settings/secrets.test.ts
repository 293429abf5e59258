import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT_ROOT, problemsOf, read } from './support.ts';

const ring = 'projects/my-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys';

function messagesOf(context: Record<string, unknown>): string[] {
  return problemsOf({ projectId: 'my-project', ...context }).map(
    ({ setting, allowed }) => `${setting}: ${allowed}`,
  );
}

test('a single service has more secrets beside its first, each with an object, a file and a key of its own', () => {
  const { services } = read({ projectId: 'my-project', secrets: [{ name: 'tls', format: 'text' }] });
  expect(services[0]?.secrets).toEqual([
    expect.objectContaining({ name: 'config', objectName: 'config.enc', keyId: `${ring}/cloudrun-identity` }),
    {
      name: 'tls',
      format: 'text',
      objectName: 'tls.enc',
      encryptedFile: resolve(PROJECT_ROOT, 'tls.enc'),
      keyName: 'cloudrun-identity-tls',
      keyId: `${ring}/cloudrun-identity-tls`,
    },
  ]);
});

test('a listed service has them in its entry; what follows from names has both names', () => {
  const keyId = 'projects/their-project/locations/europe/keyRings/r/cryptoKeys/k';
  const { services } = read({
    projectId: 'my-project',
    services: [
      { name: 'orders', secrets: [{ name: 'tls' }, { name: 'pem', keyId, objectName: 'x/y.enc' }] },
      { name: 'invoices' },
    ],
  });
  expect(services[0]?.secrets.slice(1)).toEqual([
    {
      name: 'tls',
      format: 'json',
      objectName: 'orders-tls.enc',
      encryptedFile: resolve(PROJECT_ROOT, 'orders-tls.enc'),
      keyName: 'orders-tls',
      keyId: `${ring}/orders-tls`,
    },
    expect.objectContaining({ name: 'pem', keyId, keyName: undefined, objectName: 'x/y.enc' }),
  ]);
  expect(services[1]?.secrets).toHaveLength(1);
});

test('a variable holds the same list as JSON, and the review sees where each value came from', () => {
  const { services, origins } = read({ projectId: 'my-project' }, { GCP_SECRETS: '[{"name":"tls"}]' });
  expect(services[0]?.secrets[1]?.name).toBe('tls');
  expect(origins).toContainEqual({
    name: 'secrets[0].name',
    value: 'tls',
    source: 'environment variable GCP_SECRETS',
  });
  expect(origins).toContainEqual({ name: 'secrets[0].objectName', value: 'tls.enc', source: 'default' });
});

test.each([
  [{ secrets: 'tls' }, ['secrets: a list with an entry for each secret besides the first']],
  [{ secrets: [{ format: 'text' }] }, ['secrets[0]: an object with at least the key "name"']],
  [
    { secrets: [{ name: 'TLS', format: 'pem', kee: 1 }] },
    ['secrets[0].kee: these keys', 'secrets[0].name: 1 to 31', 'secrets[0].format: json, text or bytes'],
  ],
  [{ secrets: [{ name: 'config', objectName: 'x' }] }, ['secrets[0].name: another name than "config"']],
  [
    { secrets: [{ name: 'tls' }, { name: 'tls' }] },
    ['secrets[1].name: one of its own: secrets[0].name is the same'],
  ],
  [
    { secrets: [{ name: 'tls', objectName: 'config.enc' }] },
    ['secrets[0].objectName: one of its own: objectName is the same'],
  ],
  [
    { secrets: [{ name: 'tls', keyName: 'cloudrun-identity' }] },
    ['secrets[0].keyId: one of its own: keyId is the same'],
  ],
  [
    {
      services: [
        { name: 'orders', secrets: [{ name: 'tls', objectName: 'invoices.enc' }] },
        { name: 'invoices' },
      ],
    },
    ['services[1].objectName: one of its own: services[0].secrets[0].objectName is the same'],
  ],
  [
    { services: [{ name: 'orders' }], secrets: [{ name: 'tls' }] },
    ['secrets: no value beside the list "services"'],
  ],
])('%j is refused', (context, messages) => {
  expect(messagesOf(context)).toEqual(messages.map((message) => expect.stringContaining(message)));
});

test('services call others of the list', () => {
  const { services } = read({
    projectId: 'my-project',
    services: [{ name: 'orders' }, { name: 'storefront', calls: ['orders'] }],
  });
  expect(services[1]?.calls).toEqual(['orders']);
});

const calling = (calls: Record<string, unknown>) =>
  Object.entries(calls).map(([name, called]) => ({ name, calls: called }));

test.each([
  [
    { orders: ['invoices'], storefront: [] },
    'services[0].calls: names of the other services of the list: storefront',
  ],
  [{ orders: ['orders'] }, 'services[0].calls: names of the other services of the list: there is none'],
  [{ orders: 'storefront', storefront: [] }, 'services[0].calls: a JSON list without repetitions'],
  [
    { orders: ['storefront'], storefront: ['warehouse'], warehouse: ['orders'] },
    'services[0].calls: no circle (orders → storefront → warehouse → orders): Terraform has to make',
  ],
])('calls as %j are refused, once and with the reason', (calls, message) => {
  expect(messagesOf({ services: calling(calls) })).toEqual([expect.stringContaining(message)]);
});

test('a circle that only others are in is said of them', () => {
  const services = calling({ orders: ['alpha-one'], 'alpha-one': ['beta-two'], 'beta-two': ['alpha-one'] });
  expect(messagesOf({ services })).toEqual([
    expect.stringMatching(/^services\[1\]\.calls: no circle \(alpha-one → beta-two → alpha-one\)/),
  ]);
});

test('a single service calls none', () => {
  expect(messagesOf({ calls: ['orders'] })).toEqual([
    expect.stringContaining('names of the other services of the list: there is none'),
  ]);
});

test.each([
  [{ memory: '256Mi' }, 'with "executionEnvironment": "gen2", memory from 512Mi'],
  [{ memory: '8Gi' }, 'with 1 CPU, memory from 128Mi to 4096Mi'],
  [{ cpu: '4' }, 'with 4 CPU, memory from 2048Mi to 16384Mi'],
  [{ cpu: '0.5' }, 'less than 1 only with "executionEnvironment": "gen1"'],
])('%j does not fit together', (context, message) => {
  expect(messagesOf(context)).toEqual([expect.stringContaining(message)]);
});

test.each([
  { memory: '256Mi', executionEnvironment: 'gen1' },
  { cpu: '4', memory: '2Gi' },
  { cpu: '0.5', memory: '512Mi', executionEnvironment: 'gen1', concurrency: 1 },
])('%j fits together', (context) => {
  expect(messagesOf(context)).toEqual([]);
});

test.each([
  [{ environmentVariables: { SECRET_TLS: 'x' } }, 'environmentVariables: a JSON object'],
  [{ environmentVariables: { A: 1 } }, 'environmentVariables: a JSON object'],
  [{ labels: { Team: 'x' } }, 'labels: a JSON object'],
  [{ customAudiences: ['a', 'a'] }, 'customAudiences: a JSON list without repetitions'],
  [{ serviceAccountEmail: 'a@example.com' }, 'serviceAccountEmail: the email of a service account'],
])('%j is refused', (context, message) => {
  expect(messagesOf(context)).toEqual([expect.stringContaining(message)]);
});

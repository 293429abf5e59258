import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../emulator/cloud.ts';
import { type GoogleClients, googleClients } from '../secrets/clients.ts';
import { BUCKET, configOf, deployTwoServices, keyOf, memberOf } from './support/two-services.ts';

/** The service's own program, as the local cloud's "image". */
const server = path.join(import.meta.dirname, 'support', 'service', 'server.ts');

let cloud: LocalCloud;
/** Google's own clients, calling as the identity of the service `orders`. */
let orders: GoogleClients;
let outputs: Awaited<ReturnType<typeof deployTwoServices>>['resources'];

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'demo-project' });
  for (const name of ['orders', 'invoices']) {
    cloud.images.set(`us-central1-docker.pkg.dev/demo-project/repo/${name}`, {
      command: [process.execPath, server],
    });
  }
  outputs = (await deployTwoServices(cloud)).resources;
  orders = await googleClients({ endpoint: cloud.url, accessToken: cloud.tokenFor(memberOf('orders')) });
});
afterAll(() => cloud.close());

const file = (name: string) => orders.storage.bucket(BUCKET).file(name);
const plaintext = Buffer.from('x');

describe('what the constructs grant lets the identity', () => {
  test('read its one object and decrypt it with its one key', async () => {
    const [ciphertext] = await file('orders.enc').download();
    const [decrypted] = await orders.kms.decrypt({ name: keyOf('orders'), ciphertext });
    expect(JSON.parse(Buffer.from(decrypted.plaintext as Uint8Array).toString())).toEqual(configOf('orders'));
  });

  test.each(['orders', 'invoices'] as const)('serve the page of %s with its own values', async (name) => {
    const { status } = outputs.get(`google_cloud_run_service.${name}-service`) as {
      status: [{ url: string }];
    };
    const [{ url }] = status;
    const token = await cloud.identityTokenFor(cloud.owner, url);
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const page = (await response.text()).replace(/<[^>]+>/g, '');
    expect(page).toContain(`${name}.example.com`);
    expect(page).toContain(memberOf(name).replace('serviceAccount:', ''));
    expect(page).not.toContain(configOf(name).DB_PASS);
  });
});

describe('and refuses it', () => {
  const refused: [what: string, permission: string, call: () => Promise<unknown>][] = [
    ["reading another service's object", 'storage.objects.get', () => file('invoices.enc').download()],
    ['reading an object that is not there', 'storage.objects.get', () => file('none.enc').download()],
    ["reading another service's metadata", 'storage.objects.get', () => file('invoices.enc').getMetadata()],
    ['listing the objects', 'storage.objects.list', () => orders.storage.bucket(BUCKET).getFiles()],
    ['reading the bucket', 'storage.buckets.get', () => orders.storage.bucket(BUCKET).getMetadata()],
    [
      'listing the buckets',
      'storage.buckets.list',
      () => orders.storage.getBuckets({ project: 'demo-project' }),
    ],
    [
      "reading the bucket's policy",
      'storage.buckets.getIamPolicy',
      () => orders.storage.bucket(BUCKET).iam.getPolicy(),
    ],
    [
      'writing its object',
      'storage.objects.create',
      () => file('orders.enc').save('x', { resumable: false }),
    ],
    [
      'writing another object',
      'storage.objects.create',
      () => file('new.enc').save('x', { resumable: false }),
    ],
    ['deleting its object', 'storage.objects.delete', () => file('orders.enc').delete()],
    [
      'changing its metadata',
      'storage.objects.update',
      () => file('orders.enc').setMetadata({ metadata: { a: 'b' } }),
    ],
    [
      'encrypting',
      'cloudkms.cryptoKeyVersions.useToEncrypt',
      () => orders.kms.encrypt({ name: keyOf('orders'), plaintext }),
    ],
    [
      "decrypting with another service's key",
      'cloudkms.cryptoKeyVersions.useToDecrypt',
      () => orders.kms.decrypt({ name: keyOf('invoices'), ciphertext: plaintext }),
    ],
    ['reading its key', 'cloudkms.cryptoKeys.get', () => orders.kms.getCryptoKey({ name: keyOf('orders') })],
    [
      "reading its key's versions",
      'cloudkms.cryptoKeyVersions.list',
      () => orders.kms.listCryptoKeyVersions({ parent: keyOf('orders') }),
    ],
    [
      'adding a key version',
      'cloudkms.cryptoKeyVersions.create',
      () =>
        orders.kms.createCryptoKeyVersion({
          parent: keyOf('orders'),
          cryptoKeyVersion: { state: 'ENABLED' },
        }),
    ],
  ];
  test.each(refused)('%s: %s', async (_, permission, call) => {
    await expect(call()).rejects.toThrow(permission);
  });

  test.each([
    ['the project', '/crm/v1/projects/demo-project'],
    ['service accounts', '/iam/v1/projects/demo-project/serviceAccounts'],
    ['services', '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services'],
    ['the image repository', '/artifactregistry/v1/projects/demo-project/locations/us-central1/repositories'],
  ])('reading %s', async (_, resource) => {
    const headers = { authorization: `Bearer ${cloud.tokenFor(memberOf('orders'))}` };
    expect((await fetch(cloud.url + resource, { headers })).status).toBe(403);
  });

  test('invoking itself or the other service', async () => {
    for (const name of ['orders', 'invoices']) {
      const { status } = outputs.get(`google_cloud_run_service.${name}-service`) as {
        status: [{ url: string }];
      };
      const token = await cloud.identityTokenFor(memberOf('orders'), status[0].url);
      const response = await fetch(status[0].url, { headers: { authorization: `Bearer ${token}` } });
      expect(response.status).toBe(403);
    }
  });
});

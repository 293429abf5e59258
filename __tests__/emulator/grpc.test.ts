import { KeyManagementServiceClient } from '@google-cloud/kms';
import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { crc32c } from '../../secrets/checksum.ts';
import { localCloud } from './support.ts';

const context = localCloud();
const location = 'projects/demo-project/locations/global';
const ring = `${location}/keyRings/grpc-ring`;
const key = `${ring}/cryptoKeys/grpc-key`;
const clients: { close(): Promise<void> }[] = [];

/** Google's libraries as they come: gRPC, at the address of a principal. */
async function optionsOf(member: string) {
  const [apiEndpoint = '', port] = (await context.cloud.grpcEndpointFor(member)).split(':');
  const { auth } = context.cloud.as(member);
  return { apiEndpoint, port: Number(port), sslCreds: credentials.createInsecure(), auth };
}

async function clientOf(member: string): Promise<KeyManagementServiceClient> {
  const client = new KeyManagementServiceClient(await optionsOf(member));
  clients.push(client);
  return client;
}

async function secretManagerOf(member: string): Promise<SecretManagerServiceClient> {
  const client = new SecretManagerServiceClient(await optionsOf(member));
  clients.push(client);
  return client;
}

let owner: KeyManagementServiceClient;
beforeAll(async () => {
  owner = await clientOf(context.cloud.owner);
  await owner.createKeyRing({ parent: location, keyRingId: 'grpc-ring', keyRing: {} });
  const cryptoKey = {
    purpose: 'ENCRYPT_DECRYPT' as const,
    labels: { app: 'grpc' },
    rotationPeriod: { seconds: 7_776_000 },
    nextRotationTime: { seconds: Math.floor(Date.now() / 1000) + 86_400 },
  };
  await owner.createCryptoKey({ parent: ring, cryptoKeyId: 'grpc-key', cryptoKey });
});
afterAll(() => Promise.all(clients.map((client) => client.close())));

it('encrypts and decrypts, checksums included', async () => {
  const plaintext = Buffer.from('by gRPC');
  const [encrypted] = await owner.encrypt({
    name: key,
    plaintext,
    plaintextCrc32c: { value: crc32c(plaintext) },
  });
  expect(encrypted).toMatchObject({ name: `${key}/cryptoKeyVersions/1`, verifiedPlaintextCrc32c: true });
  const [decrypted] = await owner.decrypt({ name: key, ciphertext: encrypted.ciphertext ?? '' });
  expect(Buffer.from(decrypted.plaintext as Uint8Array).toString()).toBe('by gRPC');
  expect(Number(decrypted.plaintextCrc32c?.value)).toBe(crc32c(plaintext));
});

it('has key rings, keys and versions', async () => {
  const [rings] = await owner.listKeyRings({ parent: location });
  const [keys] = await owner.listCryptoKeys({ parent: ring });
  expect([rings.map(({ name }) => name), keys.map(({ name }) => name)]).toEqual([[ring], [key]]);
  expect(keys[0]).toMatchObject({
    labels: { app: 'grpc' },
    purpose: 'ENCRYPT_DECRYPT',
    rotationPeriod: { seconds: '7776000' },
  });
  const [version] = await owner.createCryptoKeyVersion({ parent: key, cryptoKeyVersion: {} });
  await owner.updateCryptoKeyPrimaryVersion({ name: key, cryptoKeyVersionId: '2' });
  const [first] = await owner.updateCryptoKeyVersion({
    cryptoKeyVersion: { name: `${key}/cryptoKeyVersions/1`, state: 'DISABLED' },
    updateMask: { paths: ['state'] },
  });
  expect([version.name, first.state]).toEqual([`${key}/cryptoKeyVersions/2`, 'DISABLED']);
  const [destroyed] = await owner.destroyCryptoKeyVersion({ name: first.name ?? '' });
  const [restored] = await owner.restoreCryptoKeyVersion({ name: first.name ?? '' });
  expect([destroyed.state, restored.state]).toEqual(['DESTROY_SCHEDULED', 'DISABLED']);
  const [updated] = await owner.updateCryptoKey({
    cryptoKey: { name: key, labels: { app: 'changed' } },
    updateMask: { paths: ['labels'] },
  });
  expect(updated.labels).toEqual({ app: 'changed' });
});

it('enforces policies, which it sets and gets', async () => {
  const member = 'serviceAccount:reader@demo-project.iam.gserviceaccount.com';
  const reader = await clientOf(member);
  const denied = await reader.encrypt({ name: key, plaintext: Buffer.from('x') }).catch((error) => error);
  expect(denied).toMatchObject({ code: 7, reason: 'IAM_PERMISSION_DENIED' });
  expect(denied.message).toContain("Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied");
  const role = 'roles/cloudkms.cryptoKeyEncrypter';
  const policy = { bindings: [{ role, members: [member] }] };
  await owner.setIamPolicy({ resource: key, policy } as never);
  const [set] = await owner.getIamPolicy({ resource: key } as never);
  expect(set.bindings).toMatchObject([{ role, members: [member] }]);
  await reader.encrypt({ name: key, plaintext: Buffer.from('x') });
  const permissions = ['cloudkms.cryptoKeyVersions.useToEncrypt', 'cloudkms.cryptoKeyVersions.useToDecrypt'];
  const [held] = await reader.testIamPermissions({ resource: key, permissions } as never);
  expect(held.permissions).toEqual(['cloudkms.cryptoKeyVersions.useToEncrypt']);
});

it('suffers faults, and says by the code what went wrong', async () => {
  const wrong = (promise: Promise<unknown>) => promise.catch((error: { code: number }) => error.code);
  expect(await wrong(owner.getCryptoKey({ name: `${key}-none` }))).toBe(5);
  expect(await wrong(owner.decrypt({ name: key, ciphertext: Buffer.from('none') }))).toBe(3);
  expect(await wrong(owner.generateRandomBytes({ location, lengthBytes: 8 }))).toBe(12);
  context.cloud.faults.add({ path: '/kms/*', effect: { kind: 'status', status: 429 } });
  expect(await wrong(owner.getCryptoKey({ name: key }, { retry: null as never }))).toBe(8);
  context.cloud.faults.clear();
});

it('keeps secrets of Secret Manager, which only who is granted access reads', async () => {
  const member = 'serviceAccount:reader@demo-project.iam.gserviceaccount.com';
  const [secrets, reader] = [await secretManagerOf(context.cloud.owner), await secretManagerOf(member)];
  const parent = 'projects/demo-project';
  const name = `${parent}/secrets/grpc-secret`;
  const replicas = [{ location: 'europe-west1' }, { location: 'us-east1' }];
  const create = { parent, secretId: 'grpc-secret', secret: { replication: { userManaged: { replicas } } } };
  const [created] = await secrets.createSecret(create);
  expect(created).toMatchObject({
    name,
    replication: { replication: 'userManaged', userManaged: { replicas } },
  });
  const data = Buffer.from('by gRPC');
  const payload = { data, dataCrc32c: crc32c(data) };
  const [added] = await secrets.addSecretVersion({ parent: name, payload });
  expect(added).toMatchObject({
    name: `${name}/versions/1`,
    replicationStatus: { userManaged: { replicas } },
  });
  const [accessed] = await secrets.accessSecretVersion({ name: `${name}/versions/latest` });
  expect(accessed).toMatchObject({ name: added.name, payload: { data, dataCrc32c: String(crc32c(data)) } });

  const wrong = (promise: Promise<unknown>) => promise.catch((error: object) => error);
  const denied = await wrong(reader.accessSecretVersion({ name: `${name}/versions/1` }));
  expect(denied).toMatchObject({ code: 7, reason: 'IAM_PERMISSION_DENIED' });
  const role = 'roles/secretmanager.secretAccessor';
  await secrets.setIamPolicy({ resource: name, policy: { bindings: [{ role, members: [member] }] } });
  await reader.accessSecretVersion({ name: `${name}/versions/1` });
  const [policy] = await secrets.getIamPolicy({ resource: name });
  expect(policy.bindings).toMatchObject([{ role, members: [member] }]);

  await secrets.disableSecretVersion({ name: `${name}/versions/1` });
  expect(await wrong(secrets.accessSecretVersion({ name: `${name}/versions/1` }))).toMatchObject({ code: 9 });
  expect(await wrong(secrets.createSecret(create))).toMatchObject({ code: 6 });
  expect(
    await wrong(secrets.addSecretVersion({ parent: name, payload: { data, dataCrc32c: 1 } })),
  ).toMatchObject({
    code: 3,
  });
  const [listed] = await secrets.listSecrets({ parent });
  expect(listed.map((secret) => secret.name)).toEqual([name]);
  await secrets.deleteSecret({ name });
  expect(await wrong(secrets.getSecret({ name }))).toMatchObject({ code: 5 });
});

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalCloud, startLocalCloud } from '@cloud-run-identity/local-cloud';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { Storage } from '@google-cloud/storage';
import { App, TerraformStack, Testing } from 'cdktf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useGoogleProject } from '../../constructs/google-project.ts';
import { KeyRing, PrivateBucket, SecretService } from '../../constructs/index.ts';
import { isAllowed } from './support/is-allowed.ts';

const projectId = 'my-project';
const location = 'us-central1';
const bucketName = 'my-project-secrets';

/** Every secret of the two services, and an auditor who was granted on one of them alone. */
const SECRETS = {
  'orders config': { reader: 'orders', object: 'orders.enc', key: 'orders-config' },
  'orders tls': { reader: 'orders', object: 'orders-tls.enc', key: 'orders-tls' },
  'invoices config': { reader: 'invoices', object: 'invoices.enc', key: 'invoices-config' },
} as const;
const auditor = 'user:auditor@example.com';

let cloud: LocalCloud;
let directory: string;

function deployment(stack: TerraformStack): void {
  useGoogleProject(stack, { projectId, region: location });
  const bucket = new PrivateBucket(stack, 'bucket', { name: bucketName, location });
  const keyRing = new KeyRing(stack, 'key-ring', { name: 'secrets', location: 'global' });
  const encryptedFile = join(directory, 'any.enc');
  const common = { location, projectId, image: 'example.com/app:1', bucket, keyRing };
  const orders = new SecretService(stack, 'orders', {
    ...common,
    name: 'orders',
    serviceAccountName: 'orders-identity',
    secrets: [
      { name: 'config', encryptedFile },
      { name: 'tls', format: 'text', encryptedFile },
    ],
  });
  new SecretService(stack, 'invoices', {
    ...common,
    name: 'invoices',
    serviceAccountName: 'invoices-identity',
    secrets: [{ name: 'config', encryptedFile }],
  });
  const tls = orders.secrets.get('tls');
  tls?.grantRead({ member: auditor });
  tls?.key.grantDecrypt({ member: auditor });
}

beforeAll(async () => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'secret-service-')));
  writeFileSync(join(directory, 'any.enc'), 'ciphertext');
  const app = new App({ outdir: join(directory, 'cdktf.out') });
  const stack = new TerraformStack(app, 'services');
  deployment(stack);
  const json = JSON.parse(Testing.synth(stack, true));
  // Who may read what does not depend on the services being up.
  delete json.resource.google_cloud_run_service;
  const file = join(app.outdir, 'stacks', 'services', 'cdk.tf.json');
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify(json));
  cloud = await startLocalCloud({ projectId, apply: file });
});

afterAll(async () => {
  await cloud?.stop();
  rmSync(directory, { recursive: true });
});

/** The secrets whose object a member may read, and those whose key it may decrypt with. */
async function readableBy(member: string) {
  const { storage, kms } = cloud.as(member);
  const objects = new Storage(storage).bucket(bucketName);
  const keys = new KeyManagementServiceClient(kms);
  const owner = new KeyManagementServiceClient(cloud.as(cloud.owner).kms);
  const readable: string[] = [];
  const decryptable: string[] = [];
  for (const [name, { object, key }] of Object.entries(SECRETS)) {
    const keyName = keys.cryptoKeyPath(projectId, 'global', 'secrets', key);
    const [{ ciphertext }] = await owner.encrypt({ name: keyName, plaintext: Buffer.from(name) });
    if (await isAllowed(objects.file(object).download())) readable.push(name);
    if (await isAllowed(keys.decrypt({ name: keyName, ciphertext: ciphertext as Buffer })))
      decryptable.push(name);
  }
  return { readable, decryptable };
}

function secretsOf(reader: string): string[] {
  return Object.entries(SECRETS).flatMap(([name, secret]) => (secret.reader === reader ? name : []));
}

test.each(['orders', 'invoices'])(
  'of three secrets in two services, %s reads its own and no other',
  async (name) => {
    const own = secretsOf(name);
    const member = `serviceAccount:${name}-identity@${projectId}.iam.gserviceaccount.com`;
    expect(await readableBy(member)).toEqual({ readable: own, decryptable: own });
  },
);

test("whoever may read one secret of a service may not read the service's other one", async () => {
  expect(await readableBy(auditor)).toEqual({ readable: ['orders tls'], decryptable: ['orders tls'] });
});

test('nobody else reads any', async () => {
  const stranger = `serviceAccount:other@${projectId}.iam.gserviceaccount.com`;
  expect(await readableBy(stranger)).toEqual({ readable: [], decryptable: [] });
});

import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, TerraformStack, Testing } from 'cdktf';
import { encryptConfig } from '../../cli/commands/encrypt.ts';
import { CloudRunService } from '../../constructs/cloud-run-service.ts';
import { EncryptedObject } from '../../constructs/encrypted-object.ts';
import { EncryptionKey, encryptionKeyId } from '../../constructs/encryption-key.ts';
import { useGoogleProject } from '../../constructs/google-project.ts';
import { KeyRing } from '../../constructs/key-ring.ts';
import { PrivateBucket } from '../../constructs/private-bucket.ts';
import { ServiceIdentity } from '../../constructs/service-identity.ts';
import { type Applied, applyStack } from '../../emulator/apply/apply.ts';
import type { LocalCloud } from '../../emulator/cloud.ts';
import { googleClients } from '../../secrets/clients.ts';

/** The two services of the deployment. */
export type Name = 'orders' | 'invoices';

/** Name of the bucket in which both have their object. */
export const BUCKET = 'demo-project-secrets';

/** Full resource name of the key of one of the services. */
export function keyOf(name: Name): string {
  return encryptionKeyId({
    projectId: 'demo-project',
    keyLocation: 'global',
    keyRingName: 'secrets',
    keyName: name,
  });
}

/** IAM member of the identity of one of the services. */
export function memberOf(name: Name): string {
  return `serviceAccount:${name}-identity@demo-project.iam.gserviceaccount.com`;
}

/** The config of one of the services. */
export function configOf(name: Name) {
  return { DB_HOST: `${name}.example.com`, DB_PORT: '5432', DB_USER: name, DB_PASS: `${name}-password` };
}

/**
 * Deploys one stack with two services, each with an identity, a key and an object of its own in one bucket:
 * synthesized by the constructs, applied over the local cloud's public API, running as two processes.
 *
 * @param connect what else is between them. @default nothing
 */
export async function deployTwoServices(
  cloud: LocalCloud,
  connect: (services: Readonly<Record<Name, AddedService>>) => void = () => {},
): Promise<Applied> {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'two-services-')));
  try {
    const target = { url: cloud.url, accessToken: cloud.tokenFor(cloud.owner) };
    const apply = (name: string, build: (stack: TerraformStack) => void) => {
      const app = new App({ outdir: path.join(directory, 'cdktf.out') });
      const stack = new TerraformStack(app, name);
      useGoogleProject(stack, { projectId: 'demo-project', region: 'us-central1' });
      build(stack);
      // Terraform's working directory: paths in the stack are relative to it.
      const stackDirectory = path.join(app.outdir, 'stacks', name);
      mkdirSync(stackDirectory, { recursive: true });
      return applyStack({ stack: JSON.parse(Testing.synth(stack, true)), stackDirectory, target });
    };
    await apply('keys', (stack) => {
      const ring = new KeyRing(stack, 'ring', { name: 'secrets', location: 'global' });
      for (const name of ['orders', 'invoices']) ring.addKey(name, { name });
    });
    const clients = await googleClients({ endpoint: cloud.url, accessToken: target.accessToken });
    for (const name of ['orders', 'invoices'] as const) {
      const plaintext = Buffer.from(JSON.stringify(configOf(name)));
      const encryptedFile = path.join(directory, `${name}.enc`);
      await encryptConfig({ plaintext, key: keyOf(name), encryptedFile, clients });
    }
    return await apply('services', (stack) => {
      const bucket = new PrivateBucket(stack, 'bucket', { name: BUCKET, location: 'us-central1' });
      connect({
        orders: addService(stack, bucket, 'orders', directory),
        invoices: addService(stack, bucket, 'invoices', directory),
      });
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A service in its stack, and who it runs as. */
export interface AddedService {
  readonly service: CloudRunService;
  readonly identity: ServiceIdentity;
}

function addService(
  stack: TerraformStack,
  bucket: PrivateBucket,
  name: Name,
  directory: string,
): AddedService {
  const identity = new ServiceIdentity(stack, `${name}-identity`, {
    accountId: `${name}-identity`,
    displayName: name,
  });
  const key = new EncryptionKey(stack, `${name}-key`, { keyId: keyOf(name) });
  const config = new EncryptedObject(stack, `${name}-config`, {
    bucket,
    objectName: `${name}.enc`,
    key,
    encryptedFile: path.join(directory, `${name}.enc`),
  });
  const grants = [key.grantDecrypt(identity), config.grantRead(identity)];
  config.uploadAfter(...grants);
  const service = new CloudRunService(stack, `${name}-service`, {
    name,
    projectId: 'demo-project',
    location: 'us-central1',
    image: `us-central1-docker.pkg.dev/demo-project/repo/${name}:1`,
    identity,
    environment: { BUCKET_NAME: bucket.bucketName, OBJECT_NAME: config.objectName, KMS_KEY_ID: key.keyId },
    dependsOn: [...grants, config.resource],
  });
  return { service, identity };
}

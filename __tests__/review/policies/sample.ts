import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App, TerraformResource, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { CloudRunService } from '../../../constructs/cloud-run-service.ts';
import { EncryptedObject } from '../../../constructs/encrypted-object.ts';
import { EncryptionKey } from '../../../constructs/encryption-key.ts';
import { useGoogleProject } from '../../../constructs/google-project.ts';
import { KeyRing } from '../../../constructs/key-ring.ts';
import { PrivateBucket } from '../../../constructs/private-bucket.ts';
import { ServiceIdentity } from '../../../constructs/service-identity.ts';
import type { PolicyOptions, PolicyResult } from '../../../review/policies/policies.ts';
import { reviewFolder } from '../../../review/review-synthesis.ts';

/** Principal of the sample's service. */
export const IDENTITY = 'serviceAccount:orders@my-project.iam.gserviceaccount.com';

/** Key of the sample's service. */
export const KEY = 'projects/my-project/locations/global/keyRings/secrets/cryptoKeys/orders';

/** The name of the sample's service. */
export const SERVICE = 'projects/my-project/locations/us-central1/services/orders';

const projectRoot = resolve(import.meta.dirname, '../../..');
const sources = join(projectRoot, 'constructs');

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** One service with everything that belongs to it, and nothing that breaks a policy. */
export interface Sample {
  readonly app: App;
  readonly stack: TerraformStack;
  /** The file that is uploaded, not there yet. */
  readonly encryptedFile: string;
  readonly identity: ServiceIdentity;
  readonly keyRing: KeyRing;
  readonly bucket: PrivateBucket;
  readonly config: EncryptedObject;
  readonly service: CloudRunService;
}

/** What the policies find in the sample after `change`. */
export function resultsOf(change: (sample: Sample) => void, options?: PolicyOptions): PolicyResult[] {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'policies-')));
  try {
    const app = new App({ outdir: join(directory, 'cdktf.out') });
    change(sample(app, join(directory, 'orders.enc')));
    app.synth();
    return [...reviewFolder({ directory: app.outdir, root: projectRoot, sources, ...options }).results];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The Terraform resource that a construct makes. */
export function resourceOf(construct: Construct, id = 'Default'): TerraformResource {
  const resource = construct.node.findChild(id);
  if (!TerraformResource.isTerraformResource(resource))
    throw new Error(`${resource.node.path} is no resource`);
  return resource;
}

/** Adds a resource of any type, also of one that no construct makes. */
export function addResource(stack: TerraformStack, type: string, args: Record<string, unknown>): void {
  const resource = new TerraformResource(stack, `added-${stack.node.children.length}`, {
    terraformResourceType: type,
  });
  for (const [name, value] of Object.entries(args)) resource.addOverride(name, value);
}

/** A service account that no service runs as. */
export const BUILDER = 'serviceAccount:builder@my-project.iam.gserviceaccount.com';

/** Makes that account, and does something with it. */
export const builder = (change: (sample: Sample) => void) => (made: Sample) => {
  new ServiceIdentity(made.stack, 'builder', { accountId: 'builder', displayName: 'Builder' });
  change(made);
};

function sample(app: App, encryptedFile: string): Sample {
  const stack = new TerraformStack(app, 'test');
  useGoogleProject(stack, { projectId: 'my-project', region: 'us-central1' });
  const identity = new ServiceIdentity(stack, 'identity', { accountId: 'orders', displayName: 'Orders' });
  const keyRing = new KeyRing(stack, 'key-ring', { name: 'secrets', location: 'global' });
  keyRing.addKey('key', { name: 'orders' });
  const key = new EncryptionKey(stack, 'existing-key', { keyId: KEY });
  const bucket = new PrivateBucket(stack, 'bucket', { name: 'my-secrets', location: 'us-central1' });
  const config = new EncryptedObject(stack, 'config', {
    bucket,
    objectName: 'orders.enc',
    key,
    encryptedFile,
  });
  const service = new CloudRunService(stack, 'service', {
    name: 'orders',
    location: 'us-central1',
    image: `us-central1-docker.pkg.dev/my-project/images/orders@${DIGEST}`,
    identity,
    environment: { BUCKET_NAME: bucket.bucketName, KMS_KEY_ID: key.keyId, PAGE_VALUES: 'masked' },
    dependsOn: [key.grantDecrypt(identity), config.grantRead(identity)],
  });
  return { app, stack, encryptedFile, identity, keyRing, bucket, config, service };
}

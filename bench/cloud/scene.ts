import { randomBytes } from 'node:crypto';
import { MEMBERS, type RunningCloud } from './server.ts';

/** The project of `bench/cloud/server.ts`. */
const PROJECT = 'bench-project';
const KEY = `projects/${PROJECT}/locations/global/keyRings/ring/cryptoKeys/key`;

/** Paths of what is measured. */
export const OBJECT_PATH = '/storage/v1/b/measured-bucket/o/config.enc?alt=media';
export const DECRYPT_PATH = `/kms/v1/${KEY}:decrypt`;
export const UPLOAD_PATH = '/upload/storage/v1/b/measured-bucket/o?uploadType=media&name=written';

/** How many bindings each of the other buckets has; a policy of Google may have 1,500 members. */
const ON_OTHER_BUCKETS = 100;

interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: { readonly title: string; readonly expression: string };
}

interface Written {
  readonly bindings?: readonly Binding[];
}

/** How an API serves a policy. */
interface Policy {
  readonly read: readonly [method: string, path: string];
  readonly write: readonly [method: string, path: string];
  /** Whether the body of a write is the policy itself. */
  readonly isBare: boolean;
}

/**
 * Fills a local cloud by its API: one object of 256 bytes that the reader may read by a condition on its name, one
 * key that the reader may decrypt with, and so many bindings beside those: a tenth on the object's bucket, a tenth on
 * the project, the rest on other buckets. Every other one has a condition of its own.
 * @returns a ciphertext of the key
 */
export async function fillCloud(cloud: RunningCloud, bindings: number): Promise<string> {
  const tenth = Math.ceil(bindings / 10);
  await send(cloud, 'POST', `/storage/v1/b?project=${PROJECT}`, bucket('measured-bucket'));
  await send(
    cloud,
    'POST',
    '/upload/storage/v1/b/measured-bucket/o?uploadType=media&name=config.enc',
    randomBytes(256),
  );
  // The reader's comes last, where a search from the front is the longest.
  const reader = bindingOf('roles/storage.objectViewer', MEMBERS.reader, 'config.enc');
  const members = team('roles/storage.objectViewer', 0, tenth);
  await addBindings(cloud, bucketPolicy('measured-bucket'), [...members, reader]);
  const project = policyOf(`/crm/v1/projects/${PROJECT}`, 'POST');
  await addBindings(cloud, project, team('roles/viewer', tenth, 2 * tenth));
  for (let from = 2 * tenth; from < bindings; from += ON_OTHER_BUCKETS) {
    const name = `other-bucket-${from}`;
    await send(cloud, 'POST', `/storage/v1/b?project=${PROJECT}`, bucket(name));
    const others = team('roles/storage.objectViewer', from, Math.min(from + ON_OTHER_BUCKETS, bindings));
    await addBindings(cloud, bucketPolicy(name), others);
  }
  return createKey(cloud);
}

/** Uploads objects of 1 MiB until there are so many. */
export async function fillBucket(cloud: RunningCloud, mebibytes: number): Promise<void> {
  for (let index = 0; index < mebibytes; index++) {
    const path = `/upload/storage/v1/b/measured-bucket/o?uploadType=media&name=filler-${index}`;
    await send(cloud, 'POST', path, randomBytes(1024 * 1024));
  }
}

/** Sends a request as the owner. @throws Error for any answer but 2xx */
async function send(cloud: RunningCloud, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(cloud.url + path, {
    method,
    headers: { authorization: `Bearer ${cloud.tokens.owner}`, 'content-type': 'application/json' },
    ...(body && { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status} ${text}`);
  return JSON.parse(text);
}

/** Reads, changes and writes a policy, as Terraform's additive members do. */
async function addBindings(cloud: RunningCloud, address: Policy, added: readonly Binding[]): Promise<void> {
  const { bindings = [], ...policy } = (await send(cloud, ...address.read)) as Written;
  const next = { ...policy, version: 3, bindings: [...bindings, ...added] };
  await send(cloud, ...address.write, address.isBare ? next : { policy: next });
}

function bucketPolicy(bucketName: string): Policy {
  const path = `/storage/v1/b/${bucketName}/iam`;
  return { read: ['GET', path], write: ['PUT', path], isBare: true };
}

function policyOf(path: string, readBy: 'GET' | 'POST'): Policy {
  return { read: [readBy, `${path}:getIamPolicy`], write: ['POST', `${path}:setIamPolicy`], isBare: false };
}

function team(role: string, from: number, to: number): Binding[] {
  return Array.from({ length: to - from }, (_, index) => {
    const member = `user:member-${from + index}@example.com`;
    return bindingOf(role, member, index % 2 === 1 ? `team-${from + index}/` : undefined);
  });
}

/** As `google_storage_bucket_iam_member` writes it, with the condition that the constructs of this project have. */
function bindingOf(role: string, member: string, object?: string): Binding {
  if (object === undefined) return { role, members: [member] };
  const name = `projects/_/buckets/measured-bucket/objects/${object}`;
  return { role, members: [member], condition: { title: object, expression: `resource.name == "${name}"` } };
}

function bucket(name: string) {
  return { name, iamConfiguration: { uniformBucketLevelAccess: { enabled: true } } };
}

async function createKey(cloud: RunningCloud): Promise<string> {
  const rings = `/kms/v1/projects/${PROJECT}/locations/global/keyRings`;
  await send(cloud, 'POST', `${rings}?keyRingId=ring`);
  await send(cloud, 'POST', `${rings}/ring/cryptoKeys?cryptoKeyId=key`, { purpose: 'ENCRYPT_DECRYPT' });
  const decrypter = bindingOf('roles/cloudkms.cryptoKeyDecrypter', MEMBERS.reader);
  await addBindings(cloud, policyOf(`/kms/v1/${KEY}`, 'GET'), [decrypter]);
  const plaintext = randomBytes(160).toString('base64');
  const { ciphertext } = (await send(cloud, 'POST', `/kms/v1/${KEY}:encrypt`, { plaintext })) as {
    ciphertext: string;
  };
  return ciphertext;
}

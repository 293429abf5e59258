import { randomBytes } from 'node:crypto';
import type { Storage } from '@google-cloud/storage';
import type { LocalCloud } from '../../../emulator/cloud.ts';
import { googleClients } from '../../../secrets/clients.ts';
import { call } from '../support.ts';

/** A bucket as the project's stack has it: private, uniform, versioned. */
export const PRIVATE_BUCKET = {
  location: 'us-central1',
  versioning: { enabled: true },
  iamConfiguration: { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } },
};

/** Creates a bucket that no other test uses and returns its name. */
export async function newBucket(cloud: LocalCloud, settings: object = PRIVATE_BUCKET): Promise<string> {
  const name = `bucket-${randomBytes(6).toString('hex')}`;
  const { status, body } = await call(cloud, 'POST', `/storage/v1/b?project=${cloud.projectId}`, {
    body: { name, ...settings },
  });
  if (status !== 200) throw new Error(`No bucket: ${JSON.stringify(body)}`);
  return name;
}

/** The official client of Cloud Storage as a member. */
export async function storageAs(cloud: LocalCloud, member: string = cloud.owner): Promise<Storage> {
  const { storage } = await googleClients({ endpoint: cloud.url, accessToken: cloud.tokenFor(member) });
  return storage;
}

/** Adds a binding to a bucket's policy. */
export async function grantOnBucket(cloud: LocalCloud, bucket: string, binding: object) {
  const path = `/storage/v1/b/${bucket}/iam`;
  const { body: policy } = await call(cloud, 'GET', path);
  return call(cloud, 'PUT', path, {
    body: { ...policy, version: 3, bindings: [...policy.bindings, binding] },
  });
}

/** Writes an object by a media upload, as the owner, and returns its resource. */
export async function upload(
  cloud: LocalCloud,
  bucket: string,
  name: string,
  content: string | Uint8Array,
  query = '',
) {
  const parameters = `uploadType=media&name=${encodeURIComponent(name)}${query}`;
  const response = await send(cloud, 'POST', `/upload/storage/v1/b/${bucket}/o?${parameters}`, {
    body: content,
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

/** Sends any request as the owner and returns fetch's own answer. */
export function send(
  cloud: LocalCloud,
  method: string,
  pathOrUrl: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: string | Uint8Array } = {},
): Promise<Response> {
  return fetch(new URL(pathOrUrl, cloud.url), {
    method,
    headers: { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}`, ...headers },
    redirect: 'manual',
    ...(body !== undefined && { body: body as string }),
  });
}

import { request as httpRequest } from 'node:http';
import type { LocalCloud } from '../../../emulator/cloud.ts';
import { call } from '../support.ts';

/** A request whose path and body are sent as they are, which `fetch` does not do. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * The bearer token.
   * @default none
   */
  readonly token?: string | undefined;
}

/** Sends it and returns status and text of the answer. */
export function sendRaw(cloud: LocalCloud, raw: RawRequest): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(cloud.url);
  const { method, path, headers, body = '', token } = raw;
  const options = {
    // A connection each: the server closes those on which it could not read a request.
    agent: false,
    hostname,
    port,
    method,
    path,
    headers: {
      ...(body !== '' && { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(options, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve({ status: response.statusCode ?? 0, text });
    });
    request.on('error', reject);
    request.end(body);
  });
}

export const BUCKET = 'demo-project-bucket';
export const RING = 'projects/demo-project/locations/global/keyRings/ring';
export const KEY = `${RING}/cryptoKeys/key`;
export const ACCOUNT = 'account-1@demo-project.iam.gserviceaccount.com';

/** Something of everything that requests could change. */
export async function createResources(cloud: LocalCloud): Promise<void> {
  const post = (path: string, body: object) => call(cloud, 'POST', path, { body });
  await post('/storage/v1/b?project=demo-project', {
    name: BUCKET,
    versioning: { enabled: true },
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
  });
  const token = cloud.tokenFor(cloud.owner);
  const upload = `/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=config.enc`;
  await sendRaw(cloud, { method: 'POST', path: upload, token, body: 'ciphertext' });
  const [parent, ringId] = RING.split('/keyRings/');
  await post(`/kms/v1/${parent}/keyRings?keyRingId=${ringId}`, {});
  await post(`/kms/v1/${RING}/cryptoKeys?cryptoKeyId=key`, { purpose: 'ENCRYPT_DECRYPT' });
  await post('/iam/v1/projects/demo-project/serviceAccounts', { accountId: 'account-1' });
  await post('/artifactregistry/v1/projects/demo-project/locations/us-central1/repositories?repositoryId=r', {
    format: 'DOCKER',
  });
}

const READABLE: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/storage/v1/b?project=demo-project'],
  ['GET', `/storage/v1/b/${BUCKET}/iam?optionsRequestedPolicyVersion=3`],
  ['GET', `/storage/v1/b/${BUCKET}/o?versions=true`],
  ['GET', '/kms/v1/projects/demo-project/locations/global/keyRings'],
  ['GET', `/kms/v1/${RING}/cryptoKeys`],
  ['GET', `/kms/v1/${KEY}/cryptoKeyVersions`],
  ['GET', `/kms/v1/${RING}:getIamPolicy`],
  ['GET', `/kms/v1/${KEY}:getIamPolicy`],
  ['GET', '/iam/v1/projects/demo-project/serviceAccounts'],
  ['POST', `/iam/v1/projects/demo-project/serviceAccounts/${ACCOUNT}:getIamPolicy`],
  ['POST', '/crm/v1/projects/demo-project:getIamPolicy'],
  ['GET', '/serviceusage/v1/projects/demo-project/services'],
  ['GET', '/artifactregistry/v1/projects/demo-project/locations/us-central1/repositories'],
  ['GET', '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services'],
];

/** All that the owner can read. */
export async function dump(cloud: LocalCloud): Promise<unknown[]> {
  return Promise.all(READABLE.map(([method, path]) => call(cloud, method, path)));
}

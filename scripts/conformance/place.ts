import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** Where the calls go and who makes them. */
export interface Cloud {
  readonly projectId: string;
  /** Base address of a local cloud. @default Google's own APIs */
  readonly endpoint?: string | undefined;
  /** An access token of an owner of the project. */
  token(): Promise<string>;
  /** IAM member of that owner. */
  member(): Promise<string>;
  /** How long a grant is waited for. @default 0 */
  readonly patienceMilliseconds?: number;
}

/** An answer, as far as it is looked at. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** APIs by the first part of their host's name, and where a local cloud has them. */
const LOCAL = {
  cloudkms: '/kms',
  iam: '/iam',
  iamcredentials: '/iamcredentials',
  policytroubleshooter: '/policytroubleshooter',
  storage: '',
  xml: '',
} as const;

/** What to send. */
export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON; bytes as they are. */
  readonly body?: object | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default the owner's */
  readonly token?: string;
}

/** Names of what one run makes; nothing else is touched. */
export function namesOf(projectId: string) {
  const id = randomBytes(4).toString('hex');
  const ring = `projects/${projectId}/locations/global/keyRings/cloud-run-identity-conformance`;
  const account = `conformance-${id}@${projectId}.iam.gserviceaccount.com`;
  return {
    id,
    bucket: `conformance-${id}-${projectId}`.slice(0, 63),
    ring,
    key: `${ring}/cryptoKeys/k-${id}`,
    account,
  };
}

export type Names = ReturnType<typeof namesOf>;

/** Makes a call, whatever its answer is. @throws Error of the network */
export async function call(
  cloud: Cloud,
  api: keyof typeof LOCAL,
  path: string,
  { method = 'GET', body, headers = {}, token }: Call = {},
): Promise<Answer> {
  const host = api === 'xml' ? 'storage' : api;
  const base = cloud.endpoint === undefined ? `https://${host}.googleapis.com` : cloud.endpoint + LOCAL[api];
  const bytes = body instanceof Uint8Array;
  const answer = await fetch(base + path, {
    method,
    headers: {
      authorization: `Bearer ${token ?? (await cloud.token())}`,
      ...(body && !bytes && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: bytes ? Buffer.from(body) : JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** Makes a call that has to succeed. @throws Error that names the call and its status, and holds no token */
export async function must(...args: Parameters<typeof call>): Promise<Answer> {
  const answer = await call(...args);
  if (answer.status < 300) return answer;
  const [, api, path, { method = 'GET' } = {}] = args;
  throw new Error(`${method} ${api} ${path} was answered ${answer.status}: ${answer.text}`);
}

/** Makes ring, key, bucket, and a service account that may read one object. */
export async function prepare(cloud: Cloud, names: Names): Promise<void> {
  const { projectId } = cloud;
  const { bucket, ring, key, account } = names;
  const [parent = '', ringId = ''] = ring.split('/keyRings/');
  const made = await call(cloud, 'cloudkms', `/v1/${parent}/keyRings?keyRingId=${ringId}`, {
    method: 'POST',
    body: {},
  });
  if (made.status !== 200 && made.status !== 409) throw new Error(`The key ring was not made: ${made.text}`);
  await must(cloud, 'cloudkms', `/v1/${ring}/cryptoKeys?cryptoKeyId=${key.split('/').at(-1)}`, {
    method: 'POST',
    body: { purpose: 'ENCRYPT_DECRYPT' },
  });
  await must(cloud, 'storage', `/storage/v1/b?project=${projectId}`, {
    method: 'POST',
    body: {
      name: bucket,
      location: 'US',
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: 0 },
      iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
    },
  });
  await must(cloud, 'iam', `/v1/projects/${projectId}/serviceAccounts`, {
    method: 'POST',
    body: { accountId: account.split('@')[0] },
  });
  const tokens = { role: 'roles/iam.serviceAccountTokenCreator', members: [await cloud.member()] };
  await must(cloud, 'iam', `/v1/projects/${projectId}/serviceAccounts/${account}:setIamPolicy`, {
    method: 'POST',
    body: { policy: { bindings: [tokens] } },
  });
  await grantOneObject(cloud, names);
}

/** As the deployment does: reading of one object, which is not there, and nothing else. */
async function grantOneObject(cloud: Cloud, { bucket, account }: Names): Promise<void> {
  const path = `/storage/v1/b/${bucket}/iam`;
  const { text } = await must(cloud, 'storage', `${path}?optionsRequestedPolicyVersion=3`);
  const policy = JSON.parse(text) as { bindings?: object[] };
  const expression = `resource.name == "projects/_/buckets/${bucket}/objects/missing.enc"`;
  const grant = {
    role: 'roles/storage.objectViewer',
    members: [`serviceAccount:${account}`],
    condition: { title: 'one-object', expression },
  };
  const body = { ...policy, version: 3, bindings: [...(policy.bindings ?? []), grant] };
  await must(cloud, 'storage', path, { method: 'PUT', body });
}

/** Looks until what is seen is no refusal that a fresh grant explains, or the patience is over. */
export async function waitForGrant(
  { patienceMilliseconds = 0 }: Cloud,
  look: () => Promise<Answer>,
  isTooEarly: (answer: Answer) => boolean,
): Promise<Answer> {
  const end = performance.now() + patienceMilliseconds;
  for (;;) {
    const answer = await look();
    if (!isTooEarly(answer) || performance.now() >= end) return answer;
    await delay(5_000);
  }
}

/** Removes what was made; a key ring and a key cannot be, so that the key's versions are destroyed. @returns what is left */
export async function remove(cloud: Cloud, { bucket, key, account }: Names): Promise<string[]> {
  const left: string[] = [];
  const attempt = async (what: string, work: () => Promise<{ readonly status: number }>) => {
    const status = await work().then(
      (answer) => answer.status,
      () => 0,
    );
    if (status !== 404 && (status === 0 || status > 299)) left.push(what);
  };
  const list = await call(cloud, 'storage', `/storage/v1/b/${bucket}/o?versions=true`);
  const items =
    list.status === 200
      ? ((JSON.parse(list.text).items ?? []) as { name: string; generation: string }[])
      : [];
  for (const { name, generation } of items) {
    const path = `/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}?generation=${generation}`;
    await attempt(`gs://${bucket}/${name}`, () => call(cloud, 'storage', path, { method: 'DELETE' }));
  }
  await attempt(`gs://${bucket}`, () =>
    call(cloud, 'storage', `/storage/v1/b/${bucket}`, { method: 'DELETE' }),
  );
  const versions = await call(cloud, 'cloudkms', `/v1/${key}/cryptoKeyVersions`);
  const made =
    versions.status === 200 ? (JSON.parse(versions.text).cryptoKeyVersions as { name: string }[]) : [];
  for (const { name } of made) {
    await attempt(name, () => call(cloud, 'cloudkms', `/v1/${name}:destroy`, { method: 'POST', body: {} }));
  }
  const path = `/v1/projects/${cloud.projectId}/serviceAccounts/${account}`;
  await attempt(account, () => call(cloud, 'iam', path, { method: 'DELETE' }));
  return left;
}

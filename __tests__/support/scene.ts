import { randomUUID } from 'node:crypto';
import type { LocalCloud } from '../../emulator/cloud.ts';
import { encrypt } from '../../secrets/cipher.ts';
import { type GoogleClients, googleClients } from '../../secrets/clients.ts';
import type { SecretReference } from '../../secrets/reference.ts';

/** The sample config; none of its values occurs anywhere else in a scene. */
export const sampleConfig = {
  DB_HOST: 'canary-host.example.com',
  DB_PORT: '43306',
  DB_USER: 'canary-user',
  DB_PASS: 'canary-Pa55',
};

/** A service's identity, key and object in a local cloud, made over its public API as the owner. */
export interface Scene {
  readonly reference: SecretReference;
  /** Email of the service account. */
  readonly email: string;
  readonly member: string;
  readonly owner: GoogleClients;
  /** Clients that call as the service account. */
  readonly service: GoogleClients;
  /** Grants decryption with the key to the service account. */
  grantDecrypt(): Promise<void>;
  /** Grants reading of the one object to the service account. */
  grantRead(): Promise<void>;
  /** Encrypts as the owner, with the scene's key or another. */
  encrypt(plaintext: unknown, key?: string): Promise<Buffer>;
  /** Writes the object. */
  put(bytes: Buffer, keyVersion?: string): Promise<void>;
  /** A second key in the ring. */
  createKey(): Promise<string>;
  /** Disables the first version of the key. */
  disableKeyVersion(): Promise<void>;
  /** Enables it again. */
  enableKeyVersion(): Promise<void>;
  /** Schedules it for destruction. */
  destroyKeyVersion(): Promise<void>;
  /** Takes that back, and enables it. */
  restoreKeyVersion(): Promise<void>;
  /** Deletes the object. */
  deleteObject(): Promise<void>;
}

/** Makes a scene with names of its own: no grant is given yet and the object is not there. */
export async function createScene(cloud: LocalCloud): Promise<Scene> {
  const id = randomUUID().slice(0, 8);
  // Valid for longer than any clock of a test jumps.
  const accessToken = cloud.tokenFor(cloud.owner, { lifetimeSeconds: 86_400 });
  const owner = await googleClients({ endpoint: cloud.url, accessToken });
  const location = `projects/${cloud.projectId}/locations/global`;
  const ring = `${location}/keyRings/ring-${id}`;
  await call(cloud, 'POST', `/kms/v1/${location}/keyRings?keyRingId=ring-${id}`, {});
  const createKey = async (name = `key-${randomUUID().slice(0, 8)}`) => {
    const key = await call(cloud, 'POST', `/kms/v1/${ring}/cryptoKeys?cryptoKeyId=${name}`, {
      purpose: 'ENCRYPT_DECRYPT',
    });
    return String(key.name);
  };
  const reference = { bucket: `bucket-${id}`, object: 'config.enc', key: await createKey(`key-${id}`) };
  await createBucket(cloud, reference.bucket);
  const email = await createServiceAccount(cloud, `sa-${id}`);
  const member = `serviceAccount:${email}`;
  const put = async (bytes: Buffer, keyVersion?: string) => {
    await owner.storage
      .bucket(reference.bucket)
      .file(reference.object)
      .save(bytes, {
        resumable: false,
        // As a deployment uploads what `encrypt` wrote.
        metadata: {
          ...(keyVersion && {
            metadata: { 'kms-key-version': keyVersion, 'keys-changed': allChangedNow() },
          }),
        },
      });
  };
  return {
    reference,
    email,
    member,
    owner,
    service: await googleClients({ endpoint: cloud.url, accessToken: cloud.tokenFor(member) }),
    createKey,
    ...keyVersionActions(cloud, reference.key),
    deleteObject: async () => {
      await owner.storage.bucket(reference.bucket).file(reference.object).delete();
    },
    put,
    grantDecrypt: () => grantOnKey(cloud, reference.key, member),
    grantRead: () => grantOnObject(owner, reference, member),
    encrypt: async (plaintext, key = reference.key) => {
      const bytes = typeof plaintext === 'string' ? plaintext : JSON.stringify(plaintext);
      return (await encrypt(owner, key, Buffer.from(bytes))).ciphertext;
    },
  };
}

function allChangedNow(): string {
  const now = new Date().toISOString();
  return JSON.stringify(Object.fromEntries(Object.keys(sampleConfig).map((key) => [`/${key}`, now])));
}

/** What can be done to the first version of a key. */
function keyVersionActions(cloud: LocalCloud, key: string) {
  const version = `/kms/v1/${key}/cryptoKeyVersions/1`;
  const setState = async (state: 'ENABLED' | 'DISABLED') => {
    await call(cloud, 'PATCH', `${version}?updateMask=state`, { state });
  };
  return {
    disableKeyVersion: () => setState('DISABLED'),
    enableKeyVersion: () => setState('ENABLED'),
    destroyKeyVersion: async () => {
      await call(cloud, 'POST', `${version}:destroy`, {});
    },
    restoreKeyVersion: async () => {
      await call(cloud, 'POST', `${version}:restore`, {});
      await setState('ENABLED');
    },
  };
}

/** A scene in which everything is right: both grants, and the sample config encrypted and uploaded. */
export async function createReadyScene(cloud: LocalCloud): Promise<Scene> {
  const scene = await createScene(cloud);
  const { ciphertext, keyVersion } = await encrypt(
    scene.owner,
    scene.reference.key,
    Buffer.from(JSON.stringify(sampleConfig)),
  );
  await Promise.all([scene.grantDecrypt(), scene.grantRead(), scene.put(ciphertext, keyVersion)]);
  return scene;
}

async function createBucket(cloud: LocalCloud, name: string): Promise<void> {
  await call(cloud, 'POST', `/storage/v1/b?project=${cloud.projectId}`, {
    name,
    location: 'US',
    versioning: { enabled: true },
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
  });
}

async function createServiceAccount(cloud: LocalCloud, accountId: string): Promise<string> {
  const account = await call(cloud, 'POST', `/iam/v1/projects/${cloud.projectId}/serviceAccounts`, {
    accountId,
  });
  return String(account.email);
}

async function grantOnKey(cloud: LocalCloud, key: string, member: string): Promise<void> {
  const bindings = [{ role: 'roles/cloudkms.cryptoKeyDecrypter', members: [member] }];
  await call(cloud, 'POST', `/kms/v1/${key}:setIamPolicy`, { policy: { bindings } });
}

async function grantOnObject(
  owner: GoogleClients,
  reference: SecretReference,
  member: string,
): Promise<void> {
  const { bucket, object } = reference;
  const expression = `resource.name == "projects/_/buckets/${bucket}/objects/${object}"`;
  const { iam } = owner.storage.bucket(bucket);
  const [policy] = await iam.getPolicy({ requestedPolicyVersion: 3 });
  policy.version = 3;
  policy.bindings.push({
    role: 'roles/storage.objectViewer',
    members: [member],
    condition: { title: 'one object', expression },
  });
  await iam.setPolicy(policy);
}

/** A call to the public API as the owner. */
async function call(
  cloud: LocalCloud,
  method: 'POST' | 'PATCH',
  path: string,
  body: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(cloud.url + path, {
    method,
    headers: { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}

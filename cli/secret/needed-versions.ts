import {
  callGoogle,
  decryptWithKey,
  encryptWithKey,
  IntegrityError,
  keyVersionMetadata,
  maxObjectBytes,
  objectUrl,
  readObject,
  SecretError,
  type StoredObject,
  type Unsealed,
  unseal,
} from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import type { OpenSecret } from './open.ts';

/** Objects that may be encrypted with an older version of the key. */
export interface NeedOlder {
  /** `gs://` addresses of live ones. */
  readonly live: readonly string[];
  /** `gs://` addresses of generations that the bucket keeps although they are not live any more. */
  readonly kept: readonly string[];
}

/** An object of the bucket, or one of its older generations. */
interface Candidate {
  readonly object: string;
  readonly generation: string;
  readonly isLive: boolean;
  /** Version of the key, as noted beside it. */
  readonly noted: string | undefined;
}

/** What a ciphertext shows of the version that made it. */
export type Evidence = Pick<StoredObject, 'keyVersion'> & Pick<Unsealed, 'usedPrimary'>;

/**
 * What needs a version of the key other than the one given. Metadata can be wrong, so each object that may be a secret
 * of this key is decrypted; what the key does not open needs none of its versions.
 *
 * @param version full resource name
 * @throws as whileItCounts
 */
export async function needOlderThan(secret: OpenSecret, version: string): Promise<NeedOlder> {
  const { bucket } = secret.reference;
  const candidates = await candidatesOf(secret);
  return whileItCounts(secret, version, async (isPrimary) => {
    const live: string[] = [];
    const kept: string[] = [];
    for (const candidate of candidates) {
      if (!(await mayNeedOlder(secret, candidate, version, isPrimary))) continue;
      const { object, generation, isLive } = candidate;
      if (isLive) live.push(objectUrl(bucket, object));
      else kept.push(objectUrl(bucket, object, generation));
    }
    return { live, kept };
  });
}

/** How often one looks again because the primary version changed meanwhile. */
const LOOKS = 3;

/**
 * Looks which versions made what, knowing whether Cloud KMS takes a version for the primary one when it decrypts: a new
 * one takes up to hours (https://cloud.google.com/kms/docs/consistency). When that changes meanwhile, it looks again.
 *
 * @param version full resource name
 * @throws SecretError; CommandError when it does not come to rest
 */
export async function whileItCounts<Result>(
  secret: OpenSecret,
  version: string,
  look: (isPrimary: boolean) => Promise<Result>,
): Promise<Result> {
  for (let looks = 1; looks <= LOOKS; looks += 1) {
    const isPrimary = await countsAsPrimary(secret, version);
    const result = await look(isPrimary);
    if (isPrimary === (await countsAsPrimary(secret, version))) return result;
  }
  throw new CommandError(
    `Cloud KMS does not yet agree with itself whether ${version} is the primary version, so nothing tells which version ` +
      'an object needs. Nothing more was changed; try again in some minutes.',
  );
}

async function countsAsPrimary({ clients, reference }: OpenSecret, version: string): Promise<boolean> {
  const { ciphertext } = await encryptWithKey(clients, reference.key, Buffer.from('probe'), { version });
  return (await decryptWithKey(clients, reference.key, ciphertext)).usedPrimary;
}

/**
 * Whether a ciphertext that was decrypted is the version's. Cloud KMS says no more than whether the primary version made
 * it. Where that is not yet this one, a ciphertext of the primary version is another's, and the note decides on the rest.
 *
 * @param isPrimary whether the version counts as the primary one, by whileItCounts
 */
export function isMadeWith(
  version: string,
  { keyVersion, usedPrimary }: Evidence,
  isPrimary: boolean,
): boolean {
  const isNoted = keyVersion === version;
  return usedPrimary === isPrimary && (isNoted || (isPrimary && keyVersion === undefined));
}

/** Names of the bucket's live objects that may be encrypted with the key: nothing else is noted beside them. */
export async function liveObjects(secret: OpenSecret): Promise<string[]> {
  return (await candidatesOf(secret)).filter(({ isLive }) => isLive).map(({ object }) => object);
}

async function candidatesOf({ clients, reference }: OpenSecret): Promise<Candidate[]> {
  const { bucket, object, key } = reference;
  const call = { permission: 'storage.objects.list', bucket, object } as const;
  const [files] = await callGoogle(call, clients.callerEmail, () =>
    clients.storage.bucket(bucket).getFiles({ versions: true }),
  );
  return files.flatMap(({ name, metadata }) => {
    const note = metadata.metadata?.[keyVersionMetadata];
    const noted = note == null ? undefined : String(note);
    const isOfAnotherKey = noted !== undefined && !noted.startsWith(`${key}/`);
    if (isOfAnotherKey || Number(metadata.size) > maxObjectBytes) return [];
    const isLive = metadata.timeDeleted === undefined;
    return [{ object: name, generation: String(metadata.generation), isLive, noted }];
  });
}

async function mayNeedOlder(
  { clients, reference }: OpenSecret,
  { object, generation, noted }: Candidate,
  version: string,
  isPrimary: boolean,
): Promise<boolean> {
  try {
    const { bytes } = await readObject(clients, reference.bucket, object, generation);
    const { usedPrimary } = await unseal(clients, { ...reference, object }, bytes);
    return !isMadeWith(version, { keyVersion: noted, usedPrimary }, isPrimary);
  } catch (error) {
    if (error instanceof IntegrityError) return false;
    if (error instanceof SecretError && !error.retryable) return true;
    throw error;
  }
}

import { createHash } from 'node:crypto';
import {
  callGoogle,
  type Generation,
  type GoogleClients,
  PermissionDeniedError,
  type SecretReference,
} from '@cloud-run-identity/secrets';

/** The newest config that was ever written to an object, as its key remembers it. */
export interface Newest {
  readonly generation: string;
  /** CRC32C of its ciphertext, hexadecimal. */
  readonly fingerprint: string;
}

/**
 * The label of a key that remembers the newest config of an object: the key outlives the object, the bucket and
 * Terraform's state, and whoever can look at it sees it from any checkout. It goes by the object's name alone, since
 * bucket and region may change.
 */
export function newestLabel(object: string): string {
  return `newest-${createHash('sha256').update(object).digest('hex').slice(0, 16)}`;
}

/**
 * The newest config that was ever written to the object; undefined when nobody noted one. Needs
 * cloudkms.cryptoKeys.get.
 *
 * @throws SecretError
 */
export async function readNewest(
  clients: GoogleClients,
  { object, key }: Pick<SecretReference, 'object' | 'key'>,
): Promise<Newest | undefined> {
  const labels = await labelsOf(clients, key);
  const [, generation, fingerprint] =
    /^(\d{1,19})_([0-9a-f]{8})$/.exec(labels[newestLabel(object)] ?? '') ?? [];
  return generation && fingerprint ? { generation, fingerprint } : undefined;
}

/**
 * Notes a config on the key as the newest that was ever written. Needs cloudkms.cryptoKeys.get and update, which who
 * only writes need not have: what is noted then is older, and the object's own metadata leads on from there.
 *
 * @returns whether it is noted now
 * @throws SecretError, except when it is not allowed
 */
export async function noteNewest(
  clients: GoogleClients,
  { object, key }: Pick<SecretReference, 'object' | 'key'>,
  { generation, fingerprint }: Newest,
): Promise<boolean> {
  try {
    const labels = await labelsOf(clients, key);
    const label = newestLabel(object);
    const value = `${generation}_${fingerprint}`;
    if (labels[label] === value) return true;
    const call = { permission: 'cloudkms.cryptoKeys.update', key } as const;
    const cryptoKey = { name: key, labels: { ...labels, [label]: value } };
    await callGoogle(call, clients.callerEmail, () =>
      clients.kms.updateCryptoKey({ cryptoKey, updateMask: { paths: ['labels'] } }, { retry: null }),
    );
    return true;
  } catch (error) {
    if (error instanceof PermissionDeniedError) return false;
    throw error;
  }
}

/**
 * Whether a generation is the newest config, or was written in its place since. What a deployment uploads from a file,
 * or somebody copies, has no note of what it replaces, or one of an older generation.
 */
export function isNewest(
  { generation, fingerprint, replaces }: Pick<Generation, 'generation' | 'fingerprint' | 'replaces'>,
  newest: Newest,
): boolean {
  if (fingerprint === newest.fingerprint) return true;
  if (replaces === undefined || BigInt(generation) <= BigInt(newest.generation)) return false;
  return replaces === '0' || BigInt(replaces) >= BigInt(newest.generation);
}

async function labelsOf(clients: GoogleClients, key: string): Promise<Record<string, string>> {
  const call = { permission: 'cloudkms.cryptoKeys.get', key } as const;
  const [{ labels }] = await callGoogle(call, clients.callerEmail, () =>
    clients.kms.getCryptoKey({ name: key }, { retry: null }),
  );
  return labels ?? {};
}

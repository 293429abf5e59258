import {
  callGoogle,
  IntegrityError,
  keyVersionMetadata,
  maxObjectBytes,
  objectUrl,
  readObject,
  SecretError,
  unseal,
} from '@cloud-run-identity/secrets';
import type { OpenSecret } from './open.ts';

/**
 * The live objects of the bucket that need another version of the key than its primary one. Metadata can be wrong, so
 * each object that may be a config of this key is decrypted; what the key does not open needs none of its versions.
 *
 * @returns `gs://` addresses, each with what is known
 * @throws SecretError
 */
export async function objectsBehindPrimary(secret: OpenSecret): Promise<string[]> {
  const { bucket } = secret.reference;
  const behind: string[] = [];
  for (const name of await liveObjects(secret)) {
    if (!(await usesPrimary(secret, name))) behind.push(objectUrl(bucket, name));
  }
  return behind;
}

/** Names of the bucket's live objects that may be encrypted with the key: nothing else is noted beside them. */
export async function liveObjects(secret: OpenSecret): Promise<string[]> {
  const { clients, reference } = secret;
  const { bucket, key } = reference;
  const call = { permission: 'storage.objects.list', bucket, object: reference.object } as const;
  const [files] = await callGoogle(call, clients.callerEmail, () =>
    clients.storage.bucket(bucket).getFiles(),
  );
  const candidates = files.filter(({ metadata }) => {
    const noted = metadata.metadata?.[keyVersionMetadata];
    const isOfAnotherKey = noted != null && !String(noted).startsWith(`${key}/`);
    return !isOfAnotherKey && Number(metadata.size) <= maxObjectBytes;
  });
  return candidates.map(({ name }) => name);
}

async function usesPrimary({ clients, reference }: OpenSecret, object: string): Promise<boolean> {
  try {
    const { bytes } = await readObject(clients, reference.bucket, object);
    return (await unseal(clients, { ...reference, object }, bytes)).usedPrimary;
  } catch (error) {
    if (error instanceof IntegrityError) return true;
    if (error instanceof SecretError && !error.retryable) return false;
    throw error;
  }
}

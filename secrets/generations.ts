import type { FileMetadata } from '@google-cloud/storage';
import { fingerprintOf } from './checksum.ts';
import { envelopeMagicBytes, isEnvelope } from './envelope/format.ts';
import { NotFoundError } from './errors.ts';
import { callGoogle } from './google-errors.ts';
import { type KeysChanged, keysChangedMetadata, parseKeysChanged } from './key-ages.ts';
import {
  copyMetadata,
  noGeneration,
  type ObjectClients,
  reasonMetadata,
  replacedMetadata,
  rotationMetadata,
  writerMetadata,
} from './object-write.ts';
import type { SecretReference } from './reference.ts';
import type { Format } from './seal.ts';
import { keyVersionMetadata, readObject } from './store.ts';

/** What is known of one generation of an object without reading it. */
export interface Generation {
  /** A 64-bit number, hence text. */
  readonly generation: string;
  /** RFC 3339. */
  readonly created: string;
  readonly isLive: boolean;
  readonly sizeBytes: number;
  /** CRC32C of the ciphertext, hexadecimal: a copy has that of its original. */
  readonly fingerprint: string;
  /** As the object's metadata says, which its writer set. */
  readonly keyVersion: string | undefined;
  /** Email, as the object's metadata says, which its writer set. */
  readonly writer: string | undefined;
  /** The generation that this one is a copy of. */
  readonly copyOf: string | undefined;
  /** Why it was written, as its writer says. */
  readonly reason: string | undefined;
  /** What was rotated by it, such as DB_PASS. */
  readonly rotationOf: string | undefined;
  /** When its values changed, as the object's metadata says; undefined where nobody noted it. */
  readonly keysChanged: KeysChanged | undefined;
  /** The generation that its writer saw and replaced, `0` for none; undefined when it was uploaded by other means. */
  readonly replaces: string | undefined;
}

/**
 * All generations of one object that the bucket still has, the newest first. Needs storage.objects.list.
 *
 * @throws SecretError
 */
export async function listGenerations(
  clients: ObjectClients,
  { bucket, object }: Pick<SecretReference, 'bucket' | 'object'>,
): Promise<Generation[]> {
  const call = { permission: 'storage.objects.list', bucket, object } as const;
  const [files] = await callGoogle(call, clients.callerEmail, () =>
    clients.storage.bucket(bucket).getFiles({ prefix: object, versions: true }),
  );
  return files
    .filter(({ name }) => name === object)
    .map(({ metadata }) => toGeneration(metadata))
    .sort((a, b) => (BigInt(a.generation) < BigInt(b.generation) ? 1 : -1));
}

/**
 * The generation of an object that is live, or noGeneration where there is none. Needs storage.objects.get.
 *
 * @throws SecretError
 */
export async function liveGeneration(
  clients: ObjectClients,
  reference: Pick<SecretReference, 'bucket' | 'object'>,
): Promise<string> {
  return (await liveVersion(clients, reference))?.generation ?? noGeneration;
}

/**
 * The generation of an object that is live, and since when (RFC 3339); undefined where there is none. Needs
 * storage.objects.get.
 *
 * @throws SecretError
 */
export async function liveVersion(
  clients: ObjectClients,
  { bucket, object }: Pick<SecretReference, 'bucket' | 'object'>,
): Promise<Pick<Generation, 'generation' | 'created'> | undefined> {
  const call = { permission: 'storage.objects.get', bucket, object } as const;
  const file = clients.storage.bucket(bucket).file(object);
  try {
    const [metadata] = await callGoogle(call, clients.callerEmail, () => file.getMetadata());
    return { generation: String(metadata.generation), created: String(metadata.timeCreated) };
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/**
 * How a generation is encrypted, by its first bytes: for whoever may read it, but not decrypt. What is damaged there
 * counts as raw ciphertext. Needs storage.objects.get.
 *
 * @throws SecretError
 */
export async function formatOf(
  clients: ObjectClients,
  { bucket, object }: Pick<SecretReference, 'bucket' | 'object'>,
  generation: string,
): Promise<Format> {
  const call = { permission: 'storage.objects.get', bucket, object } as const;
  const file = clients.storage.bucket(bucket).file(object, { generation });
  const [{ size, contentEncoding }] = await callGoogle(call, clients.callerEmail, () => file.getMetadata());
  if (Number(size) < envelopeMagicBytes) return 'kms';
  // The beginning is inside of what is compressed, which has no beginning of its own.
  if (contentEncoding === 'gzip') {
    const { bytes } = await readObject(clients, bucket, object, generation);
    return isEnvelope(bytes) ? 'envelope' : 'kms';
  }
  const range = { start: 0, end: envelopeMagicBytes - 1, validation: false, decompress: false };
  const [beginning] = await callGoogle(call, clients.callerEmail, () => file.download(range));
  return isEnvelope(beginning) ? 'envelope' : 'kms';
}

function toGeneration(metadata: FileMetadata): Generation {
  const noted = (key: string) => {
    const value = metadata.metadata?.[key];
    return value == null ? undefined : String(value);
  };
  return {
    generation: String(metadata.generation),
    created: String(metadata.timeCreated),
    isLive: metadata.timeDeleted === undefined,
    sizeBytes: Number(metadata.size),
    fingerprint: fingerprintOf(metadata.crc32c ?? ''),
    keyVersion: noted(keyVersionMetadata),
    writer: noted(writerMetadata),
    copyOf: noted(copyMetadata),
    reason: noted(reasonMetadata),
    rotationOf: noted(rotationMetadata),
    keysChanged: parseKeysChanged(noted(keysChangedMetadata)),
    replaces: noted(replacedMetadata),
  };
}

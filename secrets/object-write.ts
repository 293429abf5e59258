import { crc32cBase64 } from './checksum.ts';
import type { GoogleClients } from './clients.ts';
import { retryDamaged } from './damage.ts';
import { TransferError } from './errors.ts';
import { callGoogle } from './google-errors.ts';
import { formatKeysChanged, type KeysChanged, keysChangedMetadata } from './key-ages.ts';
import { objectUrl, type SecretReference } from './reference.ts';
import { keyVersionMetadata } from './store.ts';

/** What listing and writing objects needs of the clients. */
export type ObjectClients = Pick<GoogleClients, 'storage' | 'callerEmail' | 'openObject'>;

/** A new generation of an object. */
export interface ObjectContent {
  readonly bytes: Uint8Array;
  /** Key version that made the bytes, noted beside them. */
  readonly keyVersion: string | undefined;
  /** Generation of which this one is a copy, noted beside it. */
  readonly copyOf?: string;
  /** What else is noted beside it, as custom metadata. */
  readonly notes?: Readonly<Record<string, string>> | undefined;
  /** When the values in it changed, noted beside it. */
  readonly keysChanged?: KeysChanged | undefined;
}

/** Custom metadata key under which the writer's email is noted, where the credentials say it. */
export const writerMetadata = 'written-by';

/** Custom metadata key of why a generation was written, in its writer's words. */
export const reasonMetadata = 'reason';

/** Custom metadata key of what was rotated by a generation, such as DB_PASS. */
export const rotationMetadata = 'rotation-of';

/** Custom metadata key of a copy: the generation that it was copied from. */
export const copyMetadata = 'copy-of-generation';

/** Custom metadata key of the generation that a write replaced: what a deployment uploads has none. */
export const replacedMetadata = 'replaces-generation';

/** The generation that no object has: a write that expects it wants to be the first. */
export const noGeneration = '0';

/**
 * Writes an object as its next generation, only if the live one is still the expected one
 * (https://cloud.google.com/storage/docs/request-preconditions): whole or not at all. Cloud Storage refuses bytes that
 * do not have the CRC32C that is sent with them.
 *
 * Replacing needs storage.objects.delete besides storage.objects.create.
 *
 * @param expected generation that is replaced, or noGeneration
 * @returns the new generation
 * @throws ConflictError when the live generation is another one; other SecretErrors
 */
export async function writeObject(
  clients: ObjectClients,
  { bucket, object }: Pick<SecretReference, 'bucket' | 'object'>,
  { bytes, keyVersion, copyOf, notes, keysChanged }: ObjectContent,
  expected: string,
): Promise<string> {
  const call = { permission: 'storage.objects.create', bucket, object } as const;
  const file = clients.storage.bucket(bucket).file(object);
  const crc32c = crc32cBase64(bytes);
  const writer = await clients.callerEmail().catch(() => undefined);
  await retryDamaged(() =>
    callGoogle(call, clients.callerEmail, () =>
      file.save(Buffer.from(bytes), {
        // One request: a resumable upload has several, and sends no token to a local server.
        resumable: false,
        // The client's own check deletes the object when it fails.
        validation: false,
        preconditionOpts: { ifGenerationMatch: expected },
        metadata: {
          contentType: 'application/octet-stream',
          cacheControl: 'no-store',
          crc32c,
          metadata: {
            ...notes,
            ...(keyVersion !== undefined && { [keyVersionMetadata]: keyVersion }),
            ...(writer !== undefined && { [writerMetadata]: writer }),
            ...(copyOf !== undefined && { [copyMetadata]: copyOf }),
            ...(keysChanged && { [keysChangedMetadata]: formatKeysChanged(keysChanged) }),
            [replacedMetadata]: expected,
          },
        },
      }),
    ),
  );
  if (file.metadata.crc32c !== crc32c || file.metadata.generation == null) {
    throw new TransferError(
      `The answer to the write of ${objectUrl(bucket, object)} was damaged in transit.`,
      'npx cloud-run-identity history says whether it was written.',
    );
  }
  return String(file.metadata.generation);
}

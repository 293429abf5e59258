import { crc32cBase64 } from './checksum.ts';
import type { GoogleClients } from './clients.ts';
import { IntegrityError, TransferError } from './errors.ts';
import { replaceCommand } from './fixes.ts';
import { callGoogle } from './google-errors.ts';
import { objectUrl } from './reference.ts';

/** An object as it was read, with its checksum verified. */
export interface StoredObject {
  readonly bytes: Buffer;
  /** Which version of the object it is; a 64-bit number, hence text. */
  readonly generation: string;
  /** Custom metadata `kms-key-version`: information for people, anyone who may write the object sets it. */
  readonly keyVersion: string | undefined;
}

/** Custom metadata key under which the encrypting key version is noted. */
export const keyVersionMetadata = 'kms-key-version';

// A Cloud KMS ciphertext is its plaintext of at most 64 KiB and some dozens of bytes.
const maxObjectBytes = 128 * 1024;

/**
 * Reads one object: its metadata, then the bytes of exactly that generation, so that a write in between
 * cannot mix two versions. Both need storage.objects.get on the object and nothing else. (One request would
 * do for bytes and generation, but a media download of the JSON API does not carry custom metadata.)
 *
 * @throws TransferError when the bytes do not have the object's CRC32C; other SecretErrors
 */
export async function readObject(
  clients: Pick<GoogleClients, 'storage' | 'callerEmail'>,
  bucket: string,
  object: string,
): Promise<StoredObject> {
  const call = { permission: 'storage.objects.get', bucket, object } as const;
  const file = clients.storage.bucket(bucket).file(object);
  const [metadata] = await callGoogle(call, clients.callerEmail, () => file.getMetadata());
  const generation = String(metadata.generation);
  const url = objectUrl(bucket, object, generation);
  if (Number(metadata.size) > maxObjectBytes) {
    throw new IntegrityError(
      `${url} has ${metadata.size} bytes and is not a Cloud KMS ciphertext.`,
      replaceCommand(objectUrl(bucket, object)),
    );
  }
  const version = clients.storage.bucket(bucket).file(object, { generation });
  const [bytes] = await callGoogle(call, clients.callerEmail, () =>
    // Checked below against the metadata; the client skips its own check when a header is missing.
    version.download({ validation: false, decompress: false }),
  );
  if (crc32cBase64(bytes) !== metadata.crc32c) {
    throw new TransferError(`${url} was damaged in transit: its CRC32C differs.`, 'try again.');
  }
  const keyVersion = metadata.metadata?.[keyVersionMetadata];
  return { bytes, generation, keyVersion: keyVersion == null ? undefined : String(keyVersion) };
}

import { crc32cBase64 } from './checksum.ts';
import type { GoogleClients } from './clients.ts';
import { retryDamaged } from './damage.ts';
import { envelopeOverheadBytes, maxEnvelopeBytes } from './envelope.ts';
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

/** No ciphertext of a config is larger. */
export const maxObjectBytes = maxEnvelopeBytes + envelopeOverheadBytes;

/** What reading and writing objects needs of the clients. */
export type ObjectClients = Pick<GoogleClients, 'storage' | 'callerEmail'>;

/**
 * Reads one object: its metadata, then the bytes of exactly that generation, so that a write in between
 * cannot mix two versions. Both need storage.objects.get on the object and nothing else. (One request would
 * do for bytes and generation, but a media download of the JSON API does not carry custom metadata.)
 *
 * @param wanted generation to read. @default the live one
 * @throws TransferError when the bytes do not have the object's CRC32C, three times; other SecretErrors
 */
export async function readObject(
  clients: ObjectClients,
  bucket: string,
  object: string,
  wanted?: string,
): Promise<StoredObject> {
  const call = { permission: 'storage.objects.get', bucket, object } as const;
  const file = clients.storage
    .bucket(bucket)
    .file(object, wanted === undefined ? {} : { generation: wanted });
  const [metadata] = await callGoogle(call, clients.callerEmail, () => file.getMetadata());
  const generation = String(metadata.generation);
  const url = objectUrl(bucket, object, generation);
  if (Number(metadata.size) > maxObjectBytes) {
    throw new IntegrityError(
      `${url} has ${metadata.size} bytes and is not the ciphertext of a config.`,
      replaceCommand(),
    );
  }
  const version = clients.storage.bucket(bucket).file(object, { generation });
  const bytes = await retryDamaged(async () => {
    const [received] = await callGoogle(call, clients.callerEmail, () =>
      // Checked here against the metadata; the client skips its own check when a header is missing.
      version.download({ validation: false, decompress: false }),
    );
    if (crc32cBase64(received) === metadata.crc32c) return received;
    throw new TransferError(`${url} was damaged in transit: its CRC32C differs.`, 'try again.');
  });
  const keyVersion = metadata.metadata?.[keyVersionMetadata];
  return { bytes, generation, keyVersion: keyVersion == null ? undefined : String(keyVersion) };
}

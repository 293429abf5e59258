import type { ObjectReadApi, ObjectVersion, OpenedObject, OpenRequest } from './apis.ts';
import { crc32cBase64, fingerprintOf } from './checksum.ts';
import { retryDamaged } from './damage.ts';
import { envelopeOverheadBytes, maxEnvelopeBytes } from './envelope/format.ts';
import { IntegrityError, TransferError } from './errors.ts';
import { replaceCommand } from './fixes.ts';
import { callGoogle } from './google-errors.ts';
import { type KeysChanged, keysChangedMetadata, parseKeysChanged } from './key-ages.ts';
import { objectUrl } from './reference.ts';

/** An object as it was read, with its checksum verified. */
export interface StoredObject extends ObjectVersion {
  /** Decompressed, where it was stored with Content-Encoding gzip. */
  readonly bytes: Buffer;
  /** CRC32C of what is stored, hexadecimal. */
  readonly fingerprint: string;
  /** Custom metadata `kms-key-version`: information for people, anyone who may write the object sets it. */
  readonly keyVersion: string | undefined;
  /** Custom metadata `keys-changed`; undefined where nobody noted it. */
  readonly keysChanged: KeysChanged | undefined;
}

/** Custom metadata key under which the encrypting key version is noted. */
export const keyVersionMetadata = 'kms-key-version';

/** No ciphertext of a config is larger. */
export const maxObjectBytes = maxEnvelopeBytes + envelopeOverheadBytes;

/**
 * Reads one object. Needs storage.objects.get on the object and nothing else.
 *
 * @param wanted generation to read. @default the live one
 * @throws TransferError when the bytes do not have the object's CRC32C, three times; other SecretErrors
 */
export async function readObject(
  apis: ObjectReadApi,
  bucket: string,
  object: string,
  wanted?: string,
): Promise<StoredObject> {
  const stored = await readWhen(apis, { bucket, object, generation: wanted });
  if (!stored) throw new Error(`${objectUrl(bucket, object)} was not opened although no condition was set.`);
  return stored;
}

/**
 * Reads one object unless it still is the version that was read before.
 *
 * @returns undefined when nothing has changed
 * @throws as readObject
 */
export async function readObjectUnless(
  apis: ObjectReadApi,
  bucket: string,
  object: string,
  unlessStill: ObjectVersion,
): Promise<StoredObject | undefined> {
  return readWhen(apis, { bucket, object, unlessStill });
}

async function readWhen(apis: ObjectReadApi, request: OpenRequest): Promise<StoredObject | undefined> {
  const { bucket, object } = request;
  const call = { permission: 'storage.objects.get', bucket, object } as const;
  return retryDamaged(async () => {
    const opened = await callGoogle(call, apis.callerEmail, () => apis.openObject(request));
    if (!opened) return undefined;
    const url = objectUrl(bucket, object, opened.generation);
    refuseTooLarge(opened, url);
    const bytes = await callGoogle(call, apis.callerEmail, () => opened.bytes());
    if (crc32cBase64(bytes) !== opened.crc32c) {
      throw new TransferError(`${url} was damaged in transit: its CRC32C differs.`, 'try again.');
    }
    const { generation, etag, crc32c, metadata } = opened;
    const keyVersion = metadata[keyVersionMetadata];
    const keysChanged = parseKeysChanged(metadata[keysChangedMetadata]);
    const content = opened.isGzip ? decompressed(bytes, url) : bytes;
    return { bytes: content, fingerprint: fingerprintOf(crc32c), generation, etag, keyVersion, keysChanged };
  });
}

function decompressed(bytes: Buffer, url: string): Buffer {
  try {
    const { gunzipSync } = process.getBuiltinModule('node:zlib');
    return gunzipSync(bytes, { maxOutputLength: maxObjectBytes });
  } catch {
    const problem = `${url} says that it is compressed by gzip, and is not, or is larger than a ciphertext.`;
    throw new IntegrityError(problem, replaceCommand());
  }
}

function refuseTooLarge(opened: OpenedObject, url: string): void {
  if (opened.sizeBytes <= maxObjectBytes) return;
  opened.discard();
  throw new IntegrityError(
    `${url} has ${opened.sizeBytes} bytes and is not the ciphertext of a config.`,
    replaceCommand(),
  );
}

import type { KeyManagementServiceClient } from '@google-cloud/kms';
import type { Storage } from '@google-cloud/storage';
import type { Checked, CipherApi, ObjectReadApi, OpenedObject, Received } from './apis.ts';

// By default the client tries again for ten minutes, in silence; the callers know how long to wait.
const callOptions = { retry: null };

/** Cloud KMS by Google's official client. */
export function officialCipher(kms: KeyManagementServiceClient): Pick<CipherApi, 'encrypt' | 'decrypt'> {
  return {
    encrypt: async ({ name, plaintext, additionalAuthenticatedData }) => {
      const [answer] = await kms.encrypt(
        {
          name,
          plaintext: plaintext.bytes,
          plaintextCrc32c: { value: plaintext.crc32c },
          ...authenticated(additionalAuthenticatedData),
        },
        callOptions,
      );
      return {
        name: answer.name ?? undefined,
        ciphertext: received(answer.ciphertext, answer.ciphertextCrc32c),
        verifiedPlaintext: answer.verifiedPlaintextCrc32c === true,
        verifiedAdditionalAuthenticatedData: answer.verifiedAdditionalAuthenticatedDataCrc32c === true,
      };
    },
    decrypt: async ({ name, ciphertext, additionalAuthenticatedData }) => {
      const [answer] = await kms.decrypt(
        {
          name,
          ciphertext: ciphertext.bytes,
          ciphertextCrc32c: { value: ciphertext.crc32c },
          ...authenticated(additionalAuthenticatedData),
        },
        callOptions,
      );
      return {
        plaintext: received(answer.plaintext, answer.plaintextCrc32c),
        usedPrimary: answer.usedPrimary === true,
      };
    },
  };
}

/**
 * Reading by Google's official client: the object's metadata, then the bytes of exactly that generation, so that a
 * write in between cannot mix two versions. (The client downloads by the JSON API, which gives no custom metadata with
 * the bytes.)
 */
export function officialReader(storage: Storage): Pick<ObjectReadApi, 'openObject'> {
  return {
    openObject: async ({ bucket, object, generation: wanted, unlessStill }) => {
      const version = wanted === undefined ? {} : { generation: wanted };
      const [metadata] = await storage.bucket(bucket).file(object, version).getMetadata();
      const generation = String(metadata.generation);
      if (generation === unlessStill?.generation) return undefined;
      const file = storage.bucket(bucket).file(object, { generation });
      const custom = Object.entries(metadata.metadata ?? {}).filter(([, value]) => value !== null);
      return {
        generation,
        etag: undefined,
        sizeBytes: Number(metadata.size),
        crc32c: metadata.crc32c,
        isGzip: metadata.contentEncoding === 'gzip',
        metadata: Object.fromEntries(custom.map(([key, value]) => [key.toLowerCase(), String(value)])),
        bytes: async () => {
          // Checked by the reader against the metadata; the client skips its own check when a header is missing.
          const [bytes] = await file.download({ validation: false, decompress: false });
          return bytes;
        },
        discard: () => {},
      } satisfies OpenedObject;
    },
  };
}

function authenticated(data: Checked | undefined) {
  if (!data) return {};
  return {
    additionalAuthenticatedData: data.bytes,
    additionalAuthenticatedDataCrc32c: { value: data.crc32c },
  };
}

function received(
  field: Uint8Array | string | null | undefined,
  checksum: { value?: unknown } | null | undefined,
): Received {
  return {
    bytes: typeof field === 'string' ? Buffer.from(field, 'base64') : Buffer.from(field ?? []),
    crc32c: checksum?.value == null ? undefined : Number(checksum.value),
  };
}

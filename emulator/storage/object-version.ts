import { GoogleApiError } from '../http/errors.ts';
import type { Checksums } from './checksums.ts';
import type { SuppliedEncryption } from './customer-supplied.ts';
import type { Encryption } from './encryption.ts';
import { etagOf } from './etag.ts';
import { isJsonObject, type JsonObject } from './merge-patch.ts';
import type { PreconditionState } from './preconditions.ts';

/** What a client may set of an object. */
export interface ObjectMetadata {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  /** ISO 8601. */
  readonly customTime?: string;
  /** Keeps it until a person takes it away. */
  readonly temporaryHold?: boolean;
  /** Keeps it until something has happened. */
  readonly eventBasedHold?: boolean;
  /** Custom metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** One generation of an object. */
export interface ObjectVersion extends Checksums {
  readonly name: string;
  /** Microseconds since 1970; later generations are greater. */
  readonly generation: number;
  readonly metageneration: number;
  /** The bytes as they are kept: with a key of the customer's they are ciphertext, of the same length. */
  readonly content: Buffer;
  readonly encryption?: Encryption;
  readonly storageClass: string;
  readonly metadata: ObjectMetadata;
  /** How it is encrypted with a key that the client keeps. */
  readonly supplied?: SuppliedEncryption;
  /** Of how many objects it was put together; there is no MD5 hash then. */
  readonly componentCount?: number;
  /** The entity that wrote it, e.g. `user-EMAIL`; undefined of nobody. */
  readonly owner?: string;
  readonly timeCreated: Date;
  readonly updated: Date;
  /** When it became noncurrent; undefined while it is live. */
  readonly timeDeleted?: Date;
  /** When it was deleted, and when it will be for good. */
  readonly softDeleteTime?: Date;
  readonly hardDeleteTime?: Date;
}

/** Keys and values of an object's custom metadata together. */
const CUSTOM_METADATA_LIMIT_BYTES = 8 * 1024;

const TEXT_FIELDS = [
  'contentType',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'cacheControl',
  'customTime',
] as const;

const HOLDS = ['temporaryHold', 'eventBasedHold'] as const;

/** RFC 3339. */
const TIMESTAMP =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** The entity tag of a generation. */
export function objectEtag({ generation, metageneration }: ObjectVersion): string {
  return etagOf(generation, metageneration);
}

/** What the preconditions of a request on an object are compared with; undefined where there is no object. */
export function stateOf(version: ObjectVersion | undefined): PreconditionState | undefined {
  if (!version) return undefined;
  const { generation, metageneration } = version;
  return { generation, metageneration, etag: objectEtag(version) };
}

/**
 * Reads what a client sets out of an object resource; fields that only the server sets are ignored, as Google does.
 * @throws GoogleApiError INVALID_ARGUMENT for a value of the wrong type
 */
export function parseObjectMetadata(resource: JsonObject): ObjectMetadata {
  const fields = TEXT_FIELDS.filter((field) => resource[field] !== undefined && resource[field] !== null);
  const entries: (readonly [string, unknown])[] = [
    ...fields.map((field) => [field, text(`object.${field}`, resource[field])] as const),
    ...HOLDS.filter((field) => resource[field] === true).map((field) => [field, true] as const),
  ];
  for (const field of HOLDS) {
    if (![undefined, null, true, false].includes(resource[field] as null)) {
      throw invalidValue(`object.${field}`, resource[field]);
    }
  }
  const { customTime } = resource;
  if (typeof customTime === 'string' && !TIMESTAMP.test(customTime)) {
    throw invalidValue('object.customTime', customTime);
  }
  const { metadata } = resource;
  if (metadata === undefined || metadata === null) return Object.fromEntries(entries);
  if (!isJsonObject(metadata)) throw invalidValue('object.metadata', metadata);
  const custom = Object.entries(metadata).map(
    ([key, value]) => [key, text(`object.metadata.${key}`, value)] as const,
  );
  checkCustomMetadataSize(custom);
  return {
    ...Object.fromEntries(entries),
    ...(custom.length > 0 && { metadata: Object.fromEntries(custom) }),
  };
}

/**
 * The object resource of the JSON API (https://cloud.google.com/storage/docs/json_api/v1/objects#resource).
 * @param baseUrl the address of the local cloud, for the links
 * @param withHashes without where they are encrypted, and cannot be read now or are not to be
 */
export function objectBody(version: ObjectVersion, bucket: string, baseUrl: string, withHashes = true) {
  const { name, content, metadata, crc32c, md5Hash, storageClass, timeDeleted } = version;
  const { componentCount, supplied } = version;
  const generation = String(version.generation);
  const path = `storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`;
  const timeCreated = version.timeCreated.toISOString();
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${baseUrl}/${path}`,
    mediaLink: `${baseUrl}/download/${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation,
    metageneration: String(version.metageneration),
    ...metadata,
    storageClass,
    size: String(content.length),
    ...(withHashes && { ...(componentCount === undefined && { md5Hash }), crc32c }),
    ...(componentCount !== undefined && { componentCount }),
    ...(supplied && {
      customerEncryption: { encryptionAlgorithm: 'AES256', keySha256: supplied.sha256 },
    }),
    ...(version.encryption && { kmsKeyName: version.encryption.keyVersion }),
    etag: objectEtag(version),
    timeCreated,
    updated: version.updated.toISOString(),
    timeStorageClassUpdated: timeCreated,
    timeFinalized: timeCreated,
    ...(timeDeleted && { timeDeleted: timeDeleted.toISOString() }),
    ...(version.softDeleteTime && { softDeleteTime: version.softDeleteTime.toISOString() }),
    ...(version.hardDeleteTime && { hardDeleteTime: version.hardDeleteTime.toISOString() }),
  };
}

/**
 * Refuses what is not a name for an object.
 * Rules of https://cloud.google.com/storage/docs/objects#naming: 1 to 1024 bytes of UTF-8, no line breaks, not `.` or `..`, not below `.well-known/acme-challenge/`.
 * @throws GoogleApiError INVALID_ARGUMENT
 */
export function checkObjectName(name: unknown): string {
  if (name === undefined || name === '') {
    throw new GoogleApiError('INVALID_ARGUMENT', 'Required', { reason: 'required' });
  }
  const isValid =
    typeof name === 'string' &&
    Buffer.byteLength(name) <= 1024 &&
    name.isWellFormed() &&
    !/[\r\n]/.test(name) &&
    !/^\.{1,2}$/.test(name) &&
    !name.startsWith('.well-known/acme-challenge/');
  if (!isValid)
    throw new GoogleApiError('INVALID_ARGUMENT', `The specified object name is not valid: ${name}`);
  return name;
}

/** @throws GoogleApiError INVALID_ARGUMENT above the limit of https://cloud.google.com/storage/quotas#objects */
function checkCustomMetadataSize(entries: readonly (readonly [key: string, value: string])[]): void {
  const size = Buffer.byteLength(entries.flat().join(''));
  if (size <= CUSTOM_METADATA_LIMIT_BYTES) return;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `The object's custom metadata has ${size} bytes; at most ${CUSTOM_METADATA_LIMIT_BYTES} are allowed.`,
  );
}

function text(field: string, value: unknown): string {
  if (typeof value !== 'string') throw invalidValue(field, value);
  return value;
}

function invalidValue(field: string, value: unknown): GoogleApiError {
  return new GoogleApiError('INVALID_ARGUMENT', `Invalid value at '${field}': ${JSON.stringify(value)}`);
}

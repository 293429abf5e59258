import type { FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import type { JsonObject } from './merge-patch.ts';

/**
 * What becomes of something that a client may send:
 * - `emulated`: it does what it does at Google
 * - `kept`: it is given back as it was set, and does nothing here
 * - `ignored`: only Google sets it, and a client's value is ignored there, too
 * - `refused`: a request that asks for it is answered 400, by its name
 */
export type Treatment = 'emulated' | 'kept' | 'ignored' | 'refused';

type Registry = Readonly<Record<string, Treatment>>;

const all = (names: string, treatment: Treatment): Registry =>
  Object.fromEntries(names.split(' ').map((name) => [name, treatment]));

/** The fields of an object (https://cloud.google.com/storage/docs/json_api/v1/objects#resource). */
export const OBJECT_FIELDS: Registry = {
  ...all(
    'bucket name contentType contentEncoding contentDisposition contentLanguage cacheControl',
    'emulated',
  ),
  ...all('metadata customTime storageClass crc32c md5Hash temporaryHold eventBasedHold acl', 'emulated'),
  ...all('id kind selfLink mediaLink generation metageneration etag size owner componentCount', 'ignored'),
  ...all('timeCreated updated timeDeleted timeFinalized timeStorageClassUpdated', 'ignored'),
  ...all('retentionExpirationTime hardDeleteTime softDeleteTime restoreToken', 'ignored'),
  ...all('kmsKeyName', 'emulated'),
  ...all('customerEncryption', 'ignored'),
  ...all('retention contexts', 'refused'),
};

/** The fields of a bucket (https://cloud.google.com/storage/docs/json_api/v1/buckets#resource). */
export const BUCKET_FIELDS: Registry = {
  ...all('name location customPlacementConfig storageClass labels versioning lifecycle', 'emulated'),
  ...all('iamConfiguration acl defaultObjectAcl retentionPolicy defaultEventBasedHold billing', 'emulated'),
  ...all('encryption softDeletePolicy', 'emulated'),
  ...all('autoclass logging cors website rpo', 'kept'),
  ...all('id kind selfLink generation metageneration etag projectNumber owner locationType', 'ignored'),
  ...all('timeCreated updated softDeleteTime hardDeleteTime satisfiesPZI satisfiesPZS', 'ignored'),
  ...all('hierarchicalNamespace ipFilter objectRetention', 'refused'),
};

/** Query parameters of objects and buckets. */
export const PARAMETERS: Registry = {
  ...all('name project generation prefix delimiter startOffset endOffset versions matchGlob', 'emulated'),
  ...all('maxResults pageToken includeTrailingDelimiter contentEncoding permissions uploadType', 'emulated'),
  ...all('ifGenerationMatch ifGenerationNotMatch ifMetagenerationMatch ifMetagenerationNotMatch', 'emulated'),
  ...all('ifSourceGenerationMatch ifSourceGenerationNotMatch sourceGeneration userProject', 'emulated'),
  ...all(
    'ifSourceMetagenerationMatch ifSourceMetagenerationNotMatch optionsRequestedPolicyVersion',
    'emulated',
  ),
  ...all('predefinedAcl predefinedDefaultObjectAcl destinationPredefinedAcl alt fields', 'emulated'),
  ...all('projection returnPartialSuccess maxBytesRewrittenPerCall includeFoldersAsPrefixes', 'ignored'),
  ...all('kmsKeyName destinationKmsKeyName', 'emulated'),
  ...all('softDeleted', 'emulated'),
  ...all('filter enableObjectRetention', 'refused'),
  ...all('overrideUnlockedRetention restoreToken copySourceAcl rewriteToken contextKey', 'refused'),
};

/** Headers that change what a request does. */
export const HEADERS: Registry = {
  ...all('range if-match if-none-match x-goog-hash x-goog-user-project x-upload-content-type', 'emulated'),
  ...all(
    'content-range accept-encoding x-goog-if-generation-match x-goog-if-metageneration-match',
    'emulated',
  ),
  ...all('x-goog-encryption-algorithm x-goog-encryption-key x-goog-encryption-key-sha256', 'emulated'),
  ...all('x-goog-copy-source-encryption-algorithm x-goog-copy-source-encryption-key', 'emulated'),
  ...all('x-goog-copy-source-encryption-key-sha256', 'emulated'),
};

/** Query parameters that make an address a signed one; there are no keys here that could have signed it. */
const SIGNATURES = ['X-Goog-Signature', 'X-Amz-Signature', 'Signature'];

/**
 * Refuses a request for what the local cloud would have to drop.
 * @param fields those of `resource`; absent, null, false and empty ask for nothing
 * @throws GoogleApiError 400 with reason `notImplemented`, naming everything at once
 */
export function refuseWhatIsDropped(
  request: FastifyRequest,
  resource: JsonObject = {},
  fields: Registry = {},
): void {
  const query = request.query as JsonObject;
  const refused = [
    ...SIGNATURES.filter((name) => name in query).map((name) => `signed URLs (${name})`),
    ...refusedIn(HEADERS, request.headers),
    ...refusedIn(PARAMETERS, query),
    ...refusedIn(fields, resource),
  ];
  if (refused.length === 0) return;
  throw new GoogleApiError('UNIMPLEMENTED', `The local cloud does not emulate: ${refused.join(', ')}.`);
}

function refusedIn(registry: Registry, given: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(given)
    .filter(([name, value]) => registry[name] === 'refused' && asksForSomething(value))
    .map(([name]) => name);
}

function asksForSomething(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(asksForSomething);
  // Python's clients write `False`.
  return ![undefined, null, false, ''].includes(value as never) && !/^false$/i.test(String(value));
}

import type { FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import type { CloudState } from '../state.ts';
import { objectResource, requireAccess } from './access.ts';
import { type AclEntry, aclWanted, asksForAcl, checkHasAcls, hasAcls, ownerOf, withAcl } from './acl.ts';
import { checkAllowedIn } from './allowed-members.ts';
import { type Bucket, keepsVersions } from './bucket.ts';
import { checkStorageClass } from './bucket-settings.ts';
import type { Buckets } from './buckets.ts';
import { type Checksums, checksumsOf, parseHashHeader, verifyChecksums } from './checksums.ts';
import { type CustomerKey, customerKeyOf, sealSupplied } from './customer-supplied.ts';
import { keyOfVersion } from './encryption.ts';
import { applyLifecycle } from './lifecycle.ts';
import type { JsonObject } from './merge-patch.ts';
import {
  checkObjectName,
  type ObjectMetadata,
  type ObjectVersion,
  parseObjectMetadata,
  stateOf,
} from './object-version.ts';
import { parameter, pathParameter } from './parameters.ts';
import { checkWritePreconditions, type Preconditions, preconditionsOf } from './preconditions.ts';
import { OBJECT_FIELDS, refuseWhatIsDropped } from './registry.ts';
import { checkNotRetained } from './retention.ts';

/** The largest object: 512 MiB, as all of them are kept in memory. Google takes 5 TiB. */
export const OBJECT_LIMIT_BYTES = 512 * 1024 * 1024;

/** A new object but for its bytes: allowed, and not yet written. */
export interface Upload {
  readonly bucketName: string;
  readonly name: string;
  readonly metadata: ObjectMetadata;
  readonly preconditions: Preconditions;
  /** Who may what, where ACLs count. @default the bucket's for new objects */
  readonly acl: readonly AclEntry[] | undefined;
  readonly owner: string | undefined;
  /** What it is encrypted with, where the client supplies a key. */
  readonly customerKey: CustomerKey | undefined;
  /** Of how many objects it is put together. @default it is not */
  readonly componentCount?: number;
  /** @default the bucket's */
  readonly storageClass?: string;
  /** The key to encrypt with. @default the bucket's, if it has one */
  readonly kmsKeyName?: string | undefined;
  /** What the bytes must come to, as far as the client said. */
  readonly checksums: Partial<Checksums>;
}

/**
 * Reads what a request is to upload and lets it go on only if its principal may.
 * @param resource the object resource that the client sent
 * @param mediaType the type of the bytes, where the resource names none
 * @throws GoogleApiError for a bad name, a missing permission or preconditions that do not hold
 */
export function startUpload(
  state: CloudState,
  buckets: Buckets,
  request: FastifyRequest,
  resource: JsonObject,
  mediaType: string | undefined,
): Upload {
  const bucket = buckets.get(pathParameter(request, 'bucket'));
  refuseWhatIsDropped(request, resource, OBJECT_FIELDS);
  const name = checkObjectName(parameter(request, 'name') ?? resource.name);
  checkAgrees(resource.bucket, bucket.name);
  requireWriteAccess(state, request, bucket, name);
  const preconditions = preconditionsOf(request);
  checkWritePreconditions(preconditions, stateOf(bucket.objects.find(name)));
  const contentEncoding = parameter(request, 'contentEncoding');
  return {
    bucketName: bucket.name,
    name,
    metadata: {
      // Left out it stays out, and the bytes are served as application/octet-stream.
      ...(mediaType && { contentType: mediaType }),
      ...(contentEncoding && { contentEncoding }),
      ...(bucket.settings.defaultEventBasedHold && { eventBasedHold: true }),
      ...parseObjectMetadata(resource),
    },
    preconditions,
    ...aclOfNew(state, request, bucket, resource, 'predefinedAcl'),
    customerKey: customerKeyOf(request),
    kmsKeyName: parameter(request, 'kmsKeyName') ?? keyGivenIn(resource),
    ...(resource.storageClass !== undefined && {
      storageClass: checkStorageClass(resource.storageClass, 'object.storageClass'),
    }),
    checksums: { ...checksumsIn(resource), ...parseHashHeader(request.headers['x-goog-hash']) },
  };
}

/**
 * Writes the object as its new live generation, whole or not at all.
 * @throws GoogleApiError when bytes and checksums differ, or preconditions do not hold (any more)
 */
export function finishUpload(
  state: CloudState,
  buckets: Buckets,
  upload: Upload,
  content: Buffer,
): ObjectVersion {
  const bucket = buckets.get(upload.bucketName);
  const existing = bucket.objects.find(upload.name);
  checkWritePreconditions(upload.preconditions, stateOf(existing));
  checkNotRetained(bucket, existing, state.now());
  checkObjectSize(content.length);
  const checksums = checksumsOf(content);
  verifyChecksums(upload.checksums, checksums);
  const now = state.now();
  const key = upload.kmsKeyName ?? bucket.settings.encryption?.defaultKmsKeyName;
  if (key !== undefined && !upload.customerKey) buckets.encryption.checkKey(key, bucket);
  const sealed = () => {
    if (upload.customerKey) return sealSupplied(upload.customerKey, content);
    return key === undefined ? { content } : buckets.encryption.seal(key, content, upload.name);
  };
  const version: ObjectVersion = {
    name: upload.name,
    generation: buckets.nextGeneration(),
    metageneration: 1,
    ...sealed(),
    storageClass: upload.storageClass ?? bucket.settings.storageClass,
    metadata: upload.metadata,
    ...(upload.owner !== undefined && { owner: upload.owner }),
    ...checksums,
    ...(upload.componentCount !== undefined && { componentCount: upload.componentCount }),
    timeCreated: now,
    updated: now,
  };
  bucket.objects.put(version, keepsVersions(bucket));
  if (hasAcls(bucket)) {
    const acl = upload.acl ?? withOwner(bucket.defaultObjectAcl, upload.owner);
    state.authorizer.add(
      objectResource(bucket, version.name).name,
      withAcl('object', [], acl, state.project),
    );
  }
  applyLifecycle(bucket, version.name);
  return version;
}

/** @throws GoogleApiError 413 for an object that is larger than the local cloud keeps */
export function checkObjectSize(bytes: number): void {
  if (!(bytes > OBJECT_LIMIT_BYTES)) return;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `The local cloud keeps objects of at most ${OBJECT_LIMIT_BYTES} bytes; this one has ${bytes}.`,
    { code: 413, reason: 'uploadTooLarge' },
  );
}

/**
 * The owner of a new object, and the ACL that a request wants for it.
 * @param parameterName which parameter names a predefined one
 * @throws GoogleApiError 400 where uniform access switches ACLs off, or for what is none
 */
export function aclOfNew(
  state: CloudState,
  request: FastifyRequest,
  bucket: Bucket,
  resource: JsonObject,
  parameterName: 'predefinedAcl' | 'destinationPredefinedAcl',
): Pick<Upload, 'acl' | 'owner'> {
  const { project } = state;
  const owner = ownerOf(request, project);
  if (!asksForAcl(request, resource)) return { acl: undefined, owner };
  checkHasAcls(bucket.settings, 'Cannot insert legacy ACL for an object');
  const predefined = parameter(request, parameterName);
  const wanted = aclWanted('object', { list: resource.acl, predefined }, project, owner);
  const acl = wanted && withOwner(wanted, owner);
  if (acl) checkAllowedIn(bucket, { bindings: withAcl('object', [], acl, project) });
  return { acl, owner };
}

/** Who writes an object always owns it. */
function withOwner(entries: readonly AclEntry[], owner: string | undefined): readonly AclEntry[] {
  if (owner === undefined) return entries;
  return [...entries.filter(({ entity }) => entity !== owner), { entity: owner, role: 'OWNER' }];
}

/** Creating needs storage.objects.create, and storage.objects.delete too where it replaces a live object. */
export function requireWriteAccess(
  state: CloudState,
  request: FastifyRequest,
  bucket: Bucket,
  name: string,
): void {
  const resource = objectResource(bucket, name);
  requireAccess(state, request, 'storage.objects.create', resource);
  if (bucket.objects.find(name)) requireAccess(state, request, 'storage.objects.delete', resource);
}

/** The key that an object resource names; of one that was read before, the key of its version. */
export function keyGivenIn({ kmsKeyName }: JsonObject): string | undefined {
  return typeof kmsKeyName === 'string' && kmsKeyName !== '' ? keyOfVersion(kmsKeyName) : undefined;
}

function checksumsIn({ crc32c, md5Hash }: JsonObject): Partial<Checksums> {
  return { ...(crc32c ? { crc32c: String(crc32c) } : {}), ...(md5Hash ? { md5Hash: String(md5Hash) } : {}) };
}

function checkAgrees(given: unknown, bucket: string): void {
  if (given === undefined || given === bucket) return;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `Value '${given}' in content does not agree with value '${bucket}'. This can happen when a value set through a parameter is inconsistent with a value set in the request.`,
  );
}

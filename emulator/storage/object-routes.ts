import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import type { CloudState } from '../state.ts';
import { bucketPolicyName, bucketResource, objectResource, requireAccess } from './access.ts';
import { aclWanted, asksForAcl, checkHasAcls, hasAcls, ownerOf } from './acl.ts';
import { fullObject, writeAcl } from './acl-routes.ts';
import { type Bucket, keepsVersions } from './bucket.ts';
import type { Buckets } from './buckets.ts';
import { customerKeyOf, type KeyHeaders, openSupplied } from './customer-supplied.ts';
import { linkBase } from './links.ts';
import { listObjects } from './listing.ts';
import { sendMedia } from './media.ts';
import { type JsonObject, mergePatch } from './merge-patch.ts';
import {
  type ObjectVersion,
  objectBody,
  objectEtag,
  parseObjectMetadata,
  stateOf,
} from './object-version.ts';
import { booleanParameter, integerParameter, jsonBody, parameter, pathParameter } from './parameters.ts';
import { checkWritePreconditions, isNotModified, preconditionsOf } from './preconditions.ts';
import { OBJECT_FIELDS, refuseWhatIsDropped } from './registry.ts';
import { checkNotRetained, retentionBody } from './retention.ts';
import { requireWriteAccess } from './uploads.ts';

const OBJECT = '/storage/v1/b/:bucket/o/:object';

/** Objects: get, download, list, patch, update, delete (https://cloud.google.com/storage/docs/json_api/v1/objects). */
export function addObjectRoutes(app: FastifyInstance, state: CloudState, buckets: Buckets): void {
  const bucketOf = (request: FastifyRequest) => buckets.get(pathParameter(request, 'bucket'));
  const body = (request: FastifyRequest, version: ObjectVersion, bucket: Bucket) =>
    objectAnswer(state, buckets, request, bucket, version);
  // With a key of the customer's the hashes are encrypted, too: a list does not decrypt them one by one.
  const listed = (request: FastifyRequest, version: ObjectVersion, bucket: Bucket) => ({
    ...objectBody(
      version,
      bucket.name,
      linkBase(request),
      version.encryption === undefined && version.supplied === undefined,
    ),
    ...retentionBody(bucket, version),
    ...fullObject(state, buckets, request, bucket, version),
  });

  app.get('/storage/v1/b/:bucket/o', async (request) => {
    const bucket = bucketOf(request);
    requireAccess(state, request, 'storage.objects.list', bucketResource(bucket));
    const { versions, prefixes, nextPageToken } = listObjects(request, bucket.objects);
    return {
      kind: 'storage#objects',
      ...(versions.length > 0 && { items: versions.map((version) => listed(request, version, bucket)) }),
      ...(prefixes.length > 0 && { prefixes }),
      ...(nextPageToken && { nextPageToken }),
    };
  });

  app.get(OBJECT, async (request, reply) => {
    if (parameter(request, 'alt') === 'media') return download(state, buckets, request, reply);
    const bucket = bucketOf(request);
    if (booleanParameter(request, 'softDeleted')) {
      return body(request, softDeletedVersion(state, request, bucket, 'storage.objects.get'), bucket);
    }
    const version = readableVersion(state, request, bucket, pathParameter(request, 'object'));
    return unchanged(request, reply, version) ?? body(request, version, bucket);
  });
  app.get(`/download${OBJECT}`, async (request, reply) => download(state, buckets, request, reply));

  const changedObject = async (request: FastifyRequest) => {
    const bucket = bucketOf(request);
    return body(request, updateMetadata(state, request, bucket), bucket);
  };
  app.post(`${OBJECT}/restore`, async (request) => {
    const bucket = bucketOf(request);
    return body(request, restore(state, buckets, request, bucket), bucket);
  });
  app.patch(OBJECT, changedObject);
  app.put(OBJECT, changedObject);
  app.delete(OBJECT, async (request, reply) => {
    deleteNamed(state, request, bucketOf(request));
    return reply.code(204).send();
  });
}

function deleteNamed(state: CloudState, request: FastifyRequest, bucket: Bucket): void {
  const generation = integerParameter(request, 'generation');
  deleteObject(state, request, bucket, pathParameter(request, 'object'), generation);
}

/** Deletes the live generation, or one. @throws GoogleApiError 403, 404, 412 */
export function deleteObject(
  state: CloudState,
  request: FastifyRequest,
  bucket: Bucket,
  name: string,
  generation?: number,
): void {
  requireAccess(state, request, 'storage.objects.delete', objectResource(bucket, name));
  const version = existing(bucket, name, generation);
  checkWritePreconditions(preconditionsOf(request), stateOf(version));
  checkNotRetained(bucket, version, state.now());
  if (generation === undefined) bucket.objects.delete(name, keepsVersions(bucket), state.now());
  else bucket.objects.deleteGeneration(name, generation);
  forgetPolicy(state, bucket, name);
}

/** A namesake starts anew; noncurrent generations keep it. */
function forgetPolicy(state: CloudState, bucket: Bucket, name: string): void {
  if (!bucket.objects.has(name)) state.authorizer.remove(`${bucketPolicyName(bucket.name)}/objects/${name}`);
}

/**
 * An object as a method answers with it: hashes where they can be read, its ACL where it is asked for.
 */
export function objectAnswer(
  state: CloudState,
  buckets: Buckets,
  request: FastifyRequest,
  bucket: Bucket,
  version: ObjectVersion,
) {
  const canRead = version.supplied
    ? customerKeyOf(request)?.sha256 === version.supplied.sha256
    : buckets.encryption.isReadable(version);
  return {
    ...objectBody(version, bucket.name, linkBase(request), canRead),
    ...retentionBody(bucket, version),
    ...fullObject(state, buckets, request, bucket, version),
  };
}

/** A generation with its bytes in clear. @throws GoogleApiError 400, 403 where they cannot be decrypted */
export function readable(
  buckets: Buckets,
  request: FastifyRequest,
  version: ObjectVersion,
  prefix?: KeyHeaders,
): ObjectVersion {
  return buckets.encryption.opened(openSupplied(version, customerKeyOf(request, prefix)));
}

/**
 * The deleted generation that a request names.
 * @throws GoogleApiError 400 where it names none, 404 where it cannot be restored any more
 */
function softDeletedVersion(
  state: CloudState,
  request: FastifyRequest,
  bucket: Bucket,
  permission: string,
): ObjectVersion {
  const name = pathParameter(request, 'object');
  requireAccess(state, request, permission, objectResource(bucket, name));
  const generation = integerParameter(request, 'generation');
  if (generation === undefined) {
    throw new GoogleApiError('INVALID_ARGUMENT', 'Required parameter: generation', { reason: 'required' });
  }
  const version = bucket.objects
    .softDeleted()
    .find((one) => one.name === name && one.generation === generation);
  if (version) return version;
  throw new GoogleApiError('NOT_FOUND', `No such object: ${bucket.name}/${name}`);
}

/** Makes a deleted generation the live one, as a new generation; the deleted one stays what it is. */
function restore(
  state: CloudState,
  buckets: Buckets,
  request: FastifyRequest,
  bucket: Bucket,
): ObjectVersion {
  const deleted = softDeletedVersion(state, request, bucket, 'storage.objects.restore');
  const { softDeleteTime: _, hardDeleteTime: __, timeDeleted: ___, ...kept } = deleted;
  requireWriteAccess(state, request, bucket, kept.name);
  const live = bucket.objects.find(kept.name);
  checkWritePreconditions(preconditionsOf(request), stateOf(live));
  checkNotRetained(bucket, live, state.now());
  const now = state.now();
  const restored = {
    ...kept,
    generation: buckets.nextGeneration(),
    metageneration: 1,
    timeCreated: now,
    updated: now,
  };
  bucket.objects.put(restored, keepsVersions(bucket));
  return restored;
}

/** Errors of a download are plain text, unlike those of any other method. */
function download(
  state: CloudState,
  buckets: Buckets,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  try {
    const bucket = buckets.get(pathParameter(request, 'bucket'));
    const version = readableVersion(state, request, bucket, pathParameter(request, 'object'));
    return (
      unchanged(request, reply, version) ?? sendMedia(request, reply, readable(buckets, request, version))
    );
  } catch (error) {
    if (!(error instanceof GoogleApiError)) throw error;
    return reply.code(error.code).type('text/html; charset=UTF-8').send(error.message);
  }
}

/**
 * The generation that a read asks for: the live one or `generation`.
 * @throws GoogleApiError who may not list is not told that an object does not exist, but that it may not list
 */
export function readableVersion(
  state: CloudState,
  request: FastifyRequest,
  bucket: Bucket,
  name: string,
  generation: number | undefined = integerParameter(request, 'generation'),
): ObjectVersion {
  const version = bucket.objects.find(name, generation);
  // Where ACLs count, what is not there has none that could grant anything.
  if (version || !hasAcls(bucket)) {
    requireAccess(state, request, 'storage.objects.get', objectResource(bucket, name));
  }
  if (version) return version;
  requireAccess(state, request, 'storage.objects.list', bucketResource(bucket));
  return existing(bucket, name, generation);
}

function existing(bucket: Bucket, name: string, generation: number | undefined): ObjectVersion {
  const version = bucket.objects.find(name, generation);
  if (version) return version;
  throw new GoogleApiError('NOT_FOUND', `No such object: ${bucket.name}/${name}`);
}

function updateMetadata(state: CloudState, request: FastifyRequest, bucket: Bucket): ObjectVersion {
  const name = pathParameter(request, 'object');
  const version = readableVersion(state, request, bucket, name);
  requireAccess(state, request, 'storage.objects.update', objectResource(bucket, name));
  checkWritePreconditions(preconditionsOf(request), stateOf(version));
  changeAcl(state, request, bucket, name);
  const changes = jsonBody(request);
  refuseWhatIsDropped(request, changes, OBJECT_FIELDS);
  checkSameKey(version, changes.kmsKeyName);
  const current = version.metadata as JsonObject;
  const metadata = parseObjectMetadata(request.method === 'PATCH' ? mergePatch(current, changes) : changes);
  checkCustomTime(version.metadata.customTime, metadata.customTime);
  const { metageneration } = version;
  const updated = { ...version, metadata, metageneration: metageneration + 1, updated: state.now() };
  bucket.objects.update(updated);
  return updated;
}

/** Another key needs a rewrite; whoever sends back what was read may name the same. */
function checkSameKey({ encryption }: ObjectVersion, given: unknown): void {
  if (given === undefined || given === null || given === encryption?.keyVersion) return;
  throw new GoogleApiError('INVALID_ARGUMENT', 'Cloud KMS key name cannot be changed.', {
    reason: 'cloudKmsCannotChangeKeyName',
  });
}

/** Replaces the object's ACL by the one that the request names, if it names one. */
function changeAcl(state: CloudState, request: FastifyRequest, bucket: Bucket, name: string): void {
  const resource = jsonBody(request);
  if (!asksForAcl(request, resource)) return;
  checkHasAcls(bucket.settings, 'Cannot use ACL API to update object policy');
  const target = objectResource(bucket, name);
  requireAccess(state, request, 'storage.objects.setIamPolicy', target);
  const wanted = { list: resource.acl, predefined: parameter(request, 'predefinedAcl') };
  const acl = aclWanted('object', wanted, state.project, ownerOf(request, state.project));
  if (acl) writeAcl(state, bucket, 'object', target.name, acl);
}

/** Once set, the custom time only goes forward (https://cloud.google.com/storage/docs/metadata#custom-time). */
function checkCustomTime(before: string | undefined, after: string | undefined): void {
  if (before === undefined || (after !== undefined && Date.parse(after) >= Date.parse(before))) return;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `The customTime ${before} cannot be removed or set to an earlier time.`,
  );
}

/** The 304 for a client that has this generation already. */
function unchanged(
  request: FastifyRequest,
  reply: FastifyReply,
  version: ObjectVersion,
): FastifyReply | undefined {
  const { generation, metageneration } = version;
  const etag = objectEtag(version);
  const hasIt = isNotModified(preconditionsOf(request), { generation, metageneration, etag });
  reply.header('etag', etag);
  return hasIt ? reply.code(304).send() : undefined;
}

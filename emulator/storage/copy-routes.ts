import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CloudState } from '../state.ts';
import { objectResource, requireAccess } from './access.ts';
import { type Bucket, keepsVersions } from './bucket.ts';
import { checkStorageClass } from './bucket-settings.ts';
import type { Buckets } from './buckets.ts';
import { customerKeyOf } from './customer-supplied.ts';
import { objectAnswer, readable, readableVersion } from './object-routes.ts';
import { type ObjectVersion, parseObjectMetadata, stateOf } from './object-version.ts';
import { integerParameter, jsonBody, parameter, pathParameter } from './parameters.ts';
import { checkWritePreconditions, preconditionsOf, sourcePreconditionsOf } from './preconditions.ts';
import { OBJECT_FIELDS, refuseWhatIsDropped } from './registry.ts';
import { checkNotRetained } from './retention.ts';
import { aclOfNew, finishUpload, keyGivenIn, requireWriteAccess } from './uploads.ts';

const COPY = (method: string) =>
  `/storage/v1/b/:bucket/o/:object/${method}/b/:destinationBucket/o/:destinationObject`;

/** Copies: rewriteTo, which here always ends in one call, and its predecessor copyTo. */
export function addCopyRoutes(app: FastifyInstance, state: CloudState, buckets: Buckets): void {
  const body = (version: ObjectVersion, request: FastifyRequest) =>
    objectAnswer(state, buckets, request, buckets.get(pathParameter(request, 'destinationBucket')), version);

  app.post(COPY('rewriteTo'), async (request) => {
    const version = copy(state, buckets, request);
    const size = String(version.content.length);
    return {
      kind: 'storage#rewriteResponse',
      totalBytesRewritten: size,
      objectSize: size,
      done: true,
      resource: body(version, request),
    };
  });
  // A copy whose source is gone afterwards.
  app.post('/storage/v1/b/:bucket/o/:object/moveTo/o/:destinationObject', async (request) => {
    const bucket = buckets.get(pathParameter(request, 'bucket'));
    const source = pathParameter(request, 'object');
    requireAccess(state, request, 'storage.objects.delete', objectResource(bucket, source));
    checkNotRetained(bucket, bucket.objects.find(source), state.now());
    const version = copy(state, buckets, request, bucket);
    bucket.objects.delete(source, keepsVersions(bucket), state.now());
    return objectAnswer(state, buckets, request, bucket, version);
  });
  app.post(COPY('copyTo'), async (request) => body(copy(state, buckets, request), request));
}

/** Copies bytes and metadata; an object resource in the request replaces the metadata. */
function copy(
  state: CloudState,
  buckets: Buckets,
  request: FastifyRequest,
  destination?: Bucket,
): ObjectVersion {
  const sourceBucket = buckets.get(pathParameter(request, 'bucket'));
  const sourceGeneration = integerParameter(request, 'sourceGeneration');
  const source = readableVersion(
    state,
    request,
    sourceBucket,
    pathParameter(request, 'object'),
    sourceGeneration,
  );
  checkWritePreconditions(sourcePreconditionsOf(request), stateOf(source));
  const bucket = destination ?? buckets.get(pathParameter(request, 'destinationBucket'));
  const name = pathParameter(request, 'destinationObject');
  requireWriteAccess(state, request, bucket, name);
  const resource = jsonBody(request);
  refuseWhatIsDropped(request, resource, OBJECT_FIELDS);
  const metadata = Object.keys(resource).length > 0 ? parseObjectMetadata(resource) : source.metadata;
  const upload = {
    bucketName: bucket.name,
    name,
    metadata,
    preconditions: preconditionsOf(request),
    ...aclOfNew(state, request, bucket, resource, 'destinationPredefinedAcl'),
    customerKey: customerKeyOf(request),
    kmsKeyName: parameter(request, 'destinationKmsKeyName') ?? keyGivenIn(resource),
    ...(resource.storageClass !== undefined && {
      storageClass: checkStorageClass(resource.storageClass, 'object.storageClass'),
    }),
    checksums: {},
  };
  return finishUpload(
    state,
    buckets,
    upload,
    readable(buckets, request, source, 'x-goog-copy-source-encryption').content,
  );
}

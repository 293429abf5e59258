import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import type { CloudState } from '../state.ts';
import type { Bucket } from './bucket.ts';
import { checkStorageClass } from './bucket-settings.ts';
import type { Buckets } from './buckets.ts';
import { customerKeyOf } from './customer-supplied.ts';
import { isJsonObject, type JsonObject } from './merge-patch.ts';
import { deleteObject, objectAnswer, readable, readableVersion } from './object-routes.ts';
import { checkObjectName, type ObjectVersion, parseObjectMetadata, stateOf } from './object-version.ts';
import { jsonBody, parameter, pathParameter } from './parameters.ts';
import { checkWritePreconditions, preconditionsOf } from './preconditions.ts';
import { OBJECT_FIELDS, refuseWhatIsDropped } from './registry.ts';
import { aclOfNew, finishUpload, keyGivenIn, requireWriteAccess } from './uploads.ts';

/** How many objects one call puts together. */
const SOURCES_LIMIT = 32;

interface Source {
  readonly name: string;
  readonly generation: number | undefined;
  readonly generationMatch: number | undefined;
}

/** Puts objects of a bucket together to one (https://cloud.google.com/storage/docs/json_api/v1/objects/compose). */
export function addComposeRoute(app: FastifyInstance, state: CloudState, buckets: Buckets): void {
  app.post('/storage/v1/b/:bucket/o/:object/compose', async (request) => {
    const bucket = buckets.get(pathParameter(request, 'bucket'));
    const { sourceObjects, destination = {}, deleteSourceObjects } = jsonBody(request);
    const sources = readSources(sourceObjects);
    const parts = sources.map((source) => partOf(state, buckets, request, bucket, source));
    const composed = compose(state, buckets, request, bucket, destination, parts);
    if (deleteSourceObjects === true) {
      for (const { name } of sources) {
        if (name !== composed.name) deleteObject(state, request, bucket, name);
      }
    }
    return objectAnswer(state, buckets, request, bucket, composed);
  });
}

function compose(
  state: CloudState,
  buckets: Buckets,
  request: FastifyRequest,
  bucket: Bucket,
  destination: unknown,
  parts: readonly ObjectVersion[],
): ObjectVersion {
  if (!isJsonObject(destination)) throw invalid('destination', destination);
  refuseWhatIsDropped(request, destination, OBJECT_FIELDS);
  const name = pathParameter(request, 'object');
  requireWriteAccess(state, request, bucket, name);
  const upload = {
    bucketName: bucket.name,
    name,
    metadata: parseObjectMetadata(destination),
    preconditions: preconditionsOf(request),
    ...aclOfNew(state, request, bucket, destination, 'destinationPredefinedAcl'),
    customerKey: customerKeyOf(request),
    kmsKeyName: parameter(request, 'kmsKeyName') ?? keyGivenIn(destination),
    ...(destination.storageClass !== undefined && {
      storageClass: checkStorageClass(destination.storageClass, 'object.storageClass'),
    }),
    componentCount: parts.reduce((count, part) => count + (part.componentCount ?? 1), 0),
    checksums: {},
  };
  return finishUpload(state, buckets, upload, Buffer.concat(parts.map(({ content }) => content)));
}

function partOf(
  state: CloudState,
  buckets: Buckets,
  request: FastifyRequest,
  bucket: Bucket,
  { name, generation, generationMatch }: Source,
): ObjectVersion {
  const version = readableVersion(state, request, bucket, checkObjectName(name), generation);
  checkWritePreconditions({ generationMatch }, stateOf(version));
  return readable(buckets, request, version);
}

function readSources(input: unknown): readonly Source[] {
  if (!Array.isArray(input) || input.length === 0) {
    throw new GoogleApiError('INVALID_ARGUMENT', 'You must provide at least one source component.', {
      reason: 'required',
    });
  }
  if (input.length > SOURCES_LIMIT) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `The number of source components provided (${input.length}) exceeds the maximum (${SOURCES_LIMIT})`,
    );
  }
  return input.map((source) => {
    if (!isJsonObject(source)) throw invalid('sourceObjects', source);
    const conditions = source.objectPreconditions ?? {};
    if (!isJsonObject(conditions)) throw invalid('sourceObjects.objectPreconditions', conditions);
    return {
      name: checkObjectName(source.name),
      generation: numberOf(source, 'generation'),
      generationMatch: numberOf(conditions, 'ifGenerationMatch'),
    };
  });
}

function numberOf(resource: JsonObject, field: string): number | undefined {
  const value = resource[field];
  if (value === undefined || value === null) return undefined;
  if (/^\d+$/.test(String(value)) && Number.isSafeInteger(Number(value))) return Number(value);
  throw invalid(`sourceObjects.${field}`, value);
}

function invalid(field: string, value: unknown): GoogleApiError {
  return new GoogleApiError('INVALID_ARGUMENT', `Invalid value at '${field}': ${JSON.stringify(value)}`);
}

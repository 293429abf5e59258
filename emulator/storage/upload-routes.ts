import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { parseJson } from '../http/server.ts';
import type { CloudState } from '../state.ts';
import type { Buckets } from './buckets.ts';
import { isJsonObject, type JsonObject } from './merge-patch.ts';
import { parseMultipart } from './multipart.ts';
import { objectAnswer } from './object-routes.ts';
import { parameter } from './parameters.ts';
import { ResumableUploads } from './resumable.ts';
import { checkObjectSize, finishUpload, OBJECT_LIMIT_BYTES, startUpload, type Upload } from './uploads.ts';

const URL = '/upload/storage/v1/b/:bucket/o';

/** Room for the metadata of a multipart upload beside the bytes. */
const LIMITS = { bodyLimit: OBJECT_LIMIT_BYTES + 1024 * 1024 };

/**
 * Uploads: media (the bytes alone), multipart (metadata and bytes) and resumable (metadata, then the bytes in chunks).
 * Source: https://cloud.google.com/storage/docs/json_api/v1/objects/insert. To be registered in a scope of its own:
 * bodies are taken as they come.
 */
export function addUploadRoutes(app: FastifyInstance, state: CloudState, buckets: Buckets): void {
  const resumable = new ResumableUploads(state, buckets);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => body,
  );

  app.post(URL, LIMITS, async (request, reply) => {
    // Go's library sends its chunks by POST.
    if (parameter(request, 'upload_id')) return resumable.receive(request, reply, bytesOf(request));
    const uploadType = parameter(request, 'uploadType');
    if (uploadType === 'media') return insertMedia(state, buckets, request);
    if (uploadType === 'multipart') return insertMultipart(state, buckets, request);
    if (uploadType === 'resumable') {
      return reply
        .header('location', resumable.start(request, startResumable(state, buckets, request)))
        .send();
    }
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Invalid value for uploadType: ${uploadType ?? 'none'}. Allowed: media, multipart, resumable.`,
    );
  });
  app.put(URL, LIMITS, async (request, reply) => resumable.receive(request, reply, bytesOf(request)));
  app.delete(URL, async (request, reply) => resumable.cancel(request, reply));
}

function insertMedia(state: CloudState, buckets: Buckets, request: FastifyRequest) {
  const upload = startUpload(state, buckets, request, {}, request.headers['content-type']);
  return finish(state, buckets, request, upload, bytesOf(request));
}

function insertMultipart(state: CloudState, buckets: Buckets, request: FastifyRequest) {
  const { metadata, mediaType, media } = parseMultipart(
    request.headers['content-type'] ?? '',
    bytesOf(request),
  );
  const upload = startUpload(state, buckets, request, resourceOf(metadata), mediaType);
  return finish(state, buckets, request, upload, media);
}

function startResumable(state: CloudState, buckets: Buckets, request: FastifyRequest): Upload {
  checkObjectSize(Number(request.headers['x-upload-content-length'] ?? 0));
  const mediaType = [request.headers['x-upload-content-type']].flat()[0];
  return startUpload(state, buckets, request, resourceOf(bytesOf(request).toString('utf8')), mediaType);
}

function finish(
  state: CloudState,
  buckets: Buckets,
  request: FastifyRequest,
  upload: Upload,
  content: Buffer,
) {
  const version = finishUpload(state, buckets, upload, content);
  return objectAnswer(state, buckets, request, buckets.get(upload.bucketName), version);
}

function bytesOf(request: FastifyRequest): Buffer {
  return request.body instanceof Buffer ? request.body : Buffer.alloc(0);
}

function resourceOf(json: string): JsonObject {
  const resource = parseJson(json) ?? {};
  if (isJsonObject(resource)) return resource;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    'Invalid JSON payload received. Root element must be a message.',
    {
      reason: 'parseError',
    },
  );
}

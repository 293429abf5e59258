import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { type CloudState, requireService } from '../state.ts';
import type { Bucket } from './bucket.ts';
import type { Buckets } from './buckets.ts';
import { sendMedia } from './media.ts';
import { readableVersion } from './object-routes.ts';
import { checkObjectName, objectEtag } from './object-version.ts';
import { pathParameter } from './parameters.ts';
import { conditionNotMet } from './preconditions.ts';

/** The XML API's codes by HTTP code (https://cloud.google.com/storage/docs/xml-api/reference-status). */
const CODES: Readonly<Record<number, string>> = {
  400: 'InvalidArgument',
  401: 'AuthenticationRequired',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
};

/**
 * Of the XML API only the download, `GET /BUCKET/OBJECT`: Go's library reads objects by it, whatever else it does by
 * the JSON API (https://cloud.google.com/storage/docs/xml-api/get-object-download).
 */
export function addXmlRoutes(app: FastifyInstance, state: CloudState, buckets: Buckets): void {
  app.get('/:bucket/*', async (request, reply) => {
    const bucket = buckets.find(pathParameter(request, 'bucket'));
    // It may as well be the path of an API that the local cloud has not.
    if (!bucket) return reply.callNotFound();
    try {
      return download(state, request, reply, bucket);
    } catch (error) {
      if (!(error instanceof GoogleApiError)) throw error;
      return sendXmlError(reply, error);
    }
  });
}

function download(
  state: CloudState,
  request: FastifyRequest,
  reply: FastifyReply,
  bucket: Bucket,
): FastifyReply {
  requireService(state, 'storage.googleapis.com', 'Cloud Storage API');
  const version = readableVersion(state, request, bucket, checkObjectName(pathParameter(request, '*')));
  checkHeader(request, 'x-goog-if-generation-match', version.generation);
  checkHeader(request, 'x-goog-if-metageneration-match', version.metageneration);
  return sendMedia(request, reply.header('etag', objectEtag(version)), version);
}

function checkHeader({ headers }: FastifyRequest, name: string, current: number): void {
  const wanted = headers[name];
  if (wanted !== undefined && wanted !== String(current)) throw conditionNotMet('If-Match');
}

function sendXmlError(reply: FastifyReply, { code, message }: GoogleApiError): FastifyReply {
  const text = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const error = `<Error><Code>${CODES[code] ?? 'InternalError'}</Code><Message>${text}</Message></Error>`;
  return reply
    .code(code)
    .type('application/xml; charset=UTF-8')
    .send(`<?xml version='1.0' encoding='UTF-8'?>${error}`);
}

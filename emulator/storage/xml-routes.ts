import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { APIS } from '../apis.ts';
import { GoogleApiError } from '../http/errors.ts';
import { type CloudState, requireService } from '../state.ts';
import { checkBilling } from './billing.ts';
import type { Buckets } from './buckets.ts';
import { type MediaHeaders, sendMedia, setMediaHeaders } from './media.ts';
import { readable, readableVersion } from './object-routes.ts';
import { checkObjectName, type ObjectVersion } from './object-version.ts';
import { pathParameter } from './parameters.ts';
import { conditionNotMet, includesEtag } from './preconditions.ts';
import { refuseWhatIsDropped } from './registry.ts';

/** The XML API's codes and messages by HTTP code (https://cloud.google.com/storage/docs/xml-api/reference-status). */
const ERRORS: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['InvalidArgument', 'Invalid argument.'],
  401: ['AuthenticationRequired', 'Authentication required.'],
  403: ['AccessDenied', 'Access denied.'],
  404: ['NoSuchKey', 'The specified key does not exist.'],
  412: ['PreconditionFailed', 'At least one of the pre-conditions you specified did not hold.'],
  416: ['InvalidRange', 'The requested range cannot be satisfied.'],
};
const INTERNAL = ['InternalError', 'We encountered an internal error. Please try again.'] as const;
const NO_SUCH_BUCKET = ['NoSuchBucket', 'The specified bucket does not exist.'] as const;

/**
 * Of the XML API only the download, `GET /BUCKET/OBJECT`, here below `/storage/xml`: Go's library reads objects by it, whatever else it does by
 * the JSON API, and so does who wants bytes and custom metadata in one answer
 * (https://cloud.google.com/storage/docs/xml-api/get-object-download).
 */
export function addXmlRoutes(app: FastifyInstance, state: CloudState, buckets: Buckets): void {
  app.get('/storage/xml/:bucket/*', async (request, reply) => {
    try {
      requireService(state, APIS.storage, 'Cloud Storage API');
      const bucket = buckets.find(pathParameter(request, 'bucket'));
      if (!bucket) return sendXmlError(reply, 404, NO_SUCH_BUCKET);
      refuseWhatIsDropped(request);
      checkBilling(request, buckets);
      const version = readableVersion(state, request, bucket, checkObjectName(pathParameter(request, '*')));
      return download(request, reply, readable(buckets, request, version));
    } catch (error) {
      if (!(error instanceof GoogleApiError)) throw error;
      return sendXmlError(reply, error.code, codeOf(error), error.message);
    }
  });
  app.route({
    method: ['PUT', 'POST', 'DELETE'],
    url: '/storage/xml/:bucket/*',
    handler: async (request, reply) => {
      const what = `${request.method} of the XML API`;
      const signed = Object.keys(request.query as object).some((name) => /signature$/i.test(name));
      const message = `The local cloud does not emulate: ${signed ? 'signed URLs' : what}.`;
      return sendXmlError(reply, 400, ['NotImplemented', message]);
    },
  });
}

function codeOf({ code, reason, status, message }: GoogleApiError): readonly [string, string] {
  if (status === 'UNIMPLEMENTED') return ['NotImplemented', message];
  if (reason === 'required' && code === 400) return ['UserProjectMissing', message];
  if (reason?.startsWith('cloudKms')) return [reason.replace(/^c/, 'C'), message];
  return ERRORS[code] ?? INTERNAL;
}

function download(request: FastifyRequest, reply: FastifyReply, version: ObjectVersion): FastifyReply {
  checkHeader(request, 'x-goog-if-generation-match', version.generation);
  checkHeader(request, 'x-goog-if-metageneration-match', version.metageneration);
  const headers = xmlHeaders(version);
  const known = request.headers['if-none-match'];
  if (known === undefined || !includesEtag(known, contentTag(version))) {
    return sendMedia(request, reply, version, headers);
  }
  setMediaHeaders(reply, version, headers);
  return reply.code(304).send();
}

/**
 * The entity tag is the content's (https://cloud.google.com/storage/docs/hashes-etags#etags), and custom metadata comes
 * as headers.
 */
function xmlHeaders(version: ObjectVersion): MediaHeaders {
  const custom = Object.entries(version.metadata.metadata ?? {});
  return {
    ...Object.fromEntries(custom.map(([key, value]) => [`x-goog-meta-${key.toLowerCase()}`, value])),
    etag: `"${contentTag(version)}"`,
  };
}

function contentTag({ md5Hash, encryption, supplied, generation }: ObjectVersion): string {
  // Of what a customer's key encrypts, the tag tells nothing of the content.
  const sealed = encryption ?? supplied;
  if (sealed) return createHash('md5').update(sealed.tag).update(String(generation)).digest('hex');
  return Buffer.from(md5Hash, 'base64').toString('hex');
}

function checkHeader({ headers }: FastifyRequest, name: string, current: number): void {
  const wanted = headers[name];
  if (wanted !== undefined && wanted !== String(current)) throw conditionNotMet('If-Match');
}

function sendXmlError(
  reply: FastifyReply,
  httpCode: number,
  [code, message]: readonly [string, string],
  details = '',
): FastifyReply {
  const said = details === '' || details === message ? '' : element('Details', details);
  const error = `<Error>${element('Code', code)}${element('Message', message)}${said}</Error>`;
  return reply
    .code(httpCode)
    .type('application/xml; charset=UTF-8')
    .send(`<?xml version='1.0' encoding='UTF-8'?>${error}`);
}

function element(name: string, text: string): string {
  return `<${name}>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${name}>`;
}

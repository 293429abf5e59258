import type { FastifyReply, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { hashHeader } from './checksums.ts';
import { type ObjectVersion, objectEtag } from './object-version.ts';

interface ByteRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

/**
 * Sends an object's bytes, or the range of them that the request asks for (206). Bytes stored with a content encoding
 * are sent as stored: Google's decompression for clients that do not accept gzip is not emulated.
 * @throws GoogleApiError 416 for a range outside of the object
 */
export function sendMedia(
  request: FastifyRequest,
  reply: FastifyReply,
  version: ObjectVersion,
): FastifyReply {
  const { content } = version;
  setHeaders(reply, version);
  const range = parseRange(request.headers.range, content.length);
  if (!range) return reply.send(content);
  return reply
    .code(206)
    .header('content-range', `bytes ${range.first}-${range.last}/${content.length}`)
    .send(content.subarray(range.first, range.last + 1));
}

function setHeaders(reply: FastifyReply, version: ObjectVersion): void {
  const { metadata } = version;
  reply.headers({
    'content-type': metadata.contentType ?? 'application/octet-stream',
    'cache-control': metadata.cacheControl ?? 'no-cache, no-store, max-age=0, must-revalidate',
    ...(metadata.contentEncoding && { 'content-encoding': metadata.contentEncoding }),
    ...(metadata.contentDisposition && { 'content-disposition': metadata.contentDisposition }),
    ...(metadata.contentLanguage && { 'content-language': metadata.contentLanguage }),
    etag: objectEtag(version),
    'last-modified': version.updated.toUTCString(),
    'x-goog-generation': String(version.generation),
    'x-goog-metageneration': String(version.metageneration),
    'x-goog-hash': hashHeader(version),
    'x-goog-storage-class': version.storageClass,
    'x-goog-stored-content-encoding': metadata.contentEncoding ?? 'identity',
    'x-goog-stored-content-length': String(version.content.length),
  });
}

/**
 * Reads a Range header of one range (RFC 9110, section 14.2). Anything else in it is ignored, as the RFC allows:
 * the whole object is sent.
 */
function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const range =
    first === ''
      ? { first: Math.max(size - Number(last), 0), last: size - 1 }
      : { first: Number(first), last: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
  if (range.first <= range.last) return range;
  throw new GoogleApiError('OUT_OF_RANGE', 'The requested range cannot be satisfied.', {
    code: 416,
    reason: 'requestedRangeNotSatisfiable',
    location: { locationType: 'header', location: 'Range' },
  });
}

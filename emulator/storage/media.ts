import { gunzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { hashHeader } from './checksums.ts';
import { setSuppliedHeaders } from './customer-supplied.ts';
import { type ObjectVersion, objectEtag } from './object-version.ts';

/** More than this is sent as it is stored: 256 MiB. */
const DECOMPRESSED_LIMIT_BYTES = 256 * 1024 * 1024;

interface ByteRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

/** Headers in which the APIs that send bytes differ. */
export type MediaHeaders = Readonly<Record<string, string>>;

/**
 * Sends an object's bytes, or the range of them that the request asks for (206). What is stored as gzip is decompressed
 * for a client that does not accept that, whole whatever the range
 * (https://cloud.google.com/storage/docs/transcoding#decompressive_transcoding).
 * @param headers of the API. @default the JSON API's entity tag
 * @throws GoogleApiError 416 for a range outside of the object
 */
export function sendMedia(
  request: FastifyRequest,
  reply: FastifyReply,
  version: ObjectVersion,
  headers: MediaHeaders = { etag: objectEtag(version) },
): FastifyReply {
  const { content } = version;
  setMediaHeaders(reply, version, headers);
  if (isToBeDecompressed(request, version)) return sendDecompressed(reply, content);
  const range = parseRange(request.headers.range, content.length);
  if (!range) return reply.send(content);
  return reply
    .code(206)
    .header('content-range', `bytes ${range.first}-${range.last}/${content.length}`)
    .send(content.subarray(range.first, range.last + 1));
}

function isToBeDecompressed({ headers }: FastifyRequest, { metadata }: ObjectVersion): boolean {
  const { contentEncoding, cacheControl = '' } = metadata;
  const accepts = /\bgzip\b/.test([headers['accept-encoding'] ?? ''].flat().join());
  return contentEncoding === 'gzip' && !accepts && !/\bno-transform\b/.test(cacheControl);
}

/** The bytes as stored where they are no gzip, whatever the client called them, or one that would fill the memory. */
function sendDecompressed(reply: FastifyReply, content: Buffer): FastifyReply {
  let plain: Buffer;
  try {
    plain = gunzipSync(content, { maxOutputLength: DECOMPRESSED_LIMIT_BYTES });
  } catch {
    return reply.send(content);
  }
  return reply
    .removeHeader('content-encoding')
    .headers({ vary: 'Accept-Encoding', warning: '214 UploadServer gunzipped' })
    .send(plain);
}

/** What is said of an object beside its bytes, also where they are not sent (304). */
export function setMediaHeaders(reply: FastifyReply, version: ObjectVersion, headers: MediaHeaders): void {
  const { metadata } = version;
  setSuppliedHeaders(reply, version);
  reply.headers({
    'content-type': metadata.contentType ?? 'application/octet-stream',
    'cache-control': metadata.cacheControl ?? 'no-cache, no-store, max-age=0, must-revalidate',
    ...(metadata.contentEncoding && { 'content-encoding': metadata.contentEncoding }),
    ...(metadata.contentDisposition && { 'content-disposition': metadata.contentDisposition }),
    ...(metadata.contentLanguage && { 'content-language': metadata.contentLanguage }),
    ...headers,
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

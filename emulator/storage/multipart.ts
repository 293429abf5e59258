import { GoogleApiError } from '../http/errors.ts';

/** A multipart upload taken apart. */
export interface MultipartUpload {
  /** The JSON text of the object resource. */
  readonly metadata: string;
  /** The Content-Type of the bytes, where the client gave one. */
  readonly mediaType: string | undefined;
  readonly media: Buffer;
}

interface Part {
  readonly headers: string;
  readonly content: Buffer;
}

/**
 * Takes a `multipart/related` body (RFC 2387, RFC 2046 section 5.1) apart: the object's metadata, then its bytes.
 * Source: https://cloud.google.com/storage/docs/uploading-objects#uploading-an-object, JSON API, multipart.
 * @param contentType the request's Content-Type, with the boundary
 * @throws GoogleApiError INVALID_ARGUMENT when it is not made of exactly these two parts
 */
export function parseMultipart(contentType: string, body: Buffer): MultipartUpload {
  // gcloud and gsutil put the boundary in single quotes, which the RFC has for a part of it; Cloud Storage takes them.
  const [, quoted, singleQuoted, token] =
    /^multipart\/related\s*;.*?boundary=(?:"([^"]+)"|'([^']+)'|([^\s;"]+))/is.exec(contentType) ?? [];
  const boundary = quoted ?? singleQuoted ?? token;
  if (boundary === undefined) throw malformed(`a boundary in Content-Type is required, got '${contentType}'`);
  const [metadata, media, ...others] = splitParts(boundary, body);
  if (!metadata || !media || others.length > 0) throw malformed('exactly two parts are required');
  const [, mediaType] = /^content-type:[ \t]*(\S.*?)\s*$/im.exec(media.headers) ?? [];
  return { metadata: metadata.content.toString('utf8'), mediaType, media: media.content };
}

/** The parts between the delimiter lines. What stands before the first and after the last is no part. */
function splitParts(boundary: string, body: Buffer): Part[] {
  const lines = linesOf(boundary, body);
  const parts: Part[] = [];
  let delimiter = nextDelimiter(lines, body, 0);
  while (delimiter && !delimiter.isClosing) {
    const next = nextDelimiter(lines, body, delimiter.end);
    if (!next) throw malformed('missing end boundary');
    parts.push(parsePart(body.subarray(delimiter.end, next.start), lines.lineBreak));
    delimiter = next;
  }
  return parts;
}

/** How the lines of a body that count look. */
interface Lines {
  /** What every delimiter begins with. */
  readonly mark: string;
  /** CRLF by the RFC; gcloud and gsutil send LF, and Cloud Storage takes it. */
  readonly lineBreak: '\r\n' | '\n';
}

/** The first delimiter tells which line break the client uses: the bytes of an object may hold the other one. */
function linesOf(boundary: string, body: Buffer): Lines {
  const mark = `--${boundary}`;
  const lineEnd = body.indexOf('\n', body.indexOf(mark));
  return { mark, lineBreak: body.toString('latin1', lineEnd - 1, lineEnd) === '\r' ? '\r\n' : '\n' };
}

interface Delimiter {
  /** Where the line break before it begins, which belongs to the delimiter. */
  readonly start: number;
  readonly end: number;
  readonly isClosing: boolean;
}

/** The next line that is a delimiter and does not only begin like one. */
function nextDelimiter({ mark, lineBreak }: Lines, body: Buffer, from: number): Delimiter | undefined {
  const size = lineBreak.length;
  for (let at = body.indexOf(mark, from); at >= 0; at = body.indexOf(mark, at + 1)) {
    const isAtLineStart = at === 0 || body.toString('latin1', at - size, at) === lineBreak;
    const rest = body.toString('latin1', at + mark.length, at + mark.length + 80);
    const [ending] = /^(--|[ \t]*\r?\n)/.exec(rest) ?? [];
    if (!isAtLineStart || ending === undefined) continue;
    // The line break that ends a delimiter may be the one that begins the next: of a part without a single byte.
    const start = at === 0 ? 0 : Math.max(at - size, from);
    return { start, end: at + mark.length + ending.length, isClosing: ending === '--' };
  }
  return undefined;
}

function parsePart(part: Buffer, lineBreak: string): Part {
  const size = lineBreak.length;
  if (part.toString('latin1', 0, size) === lineBreak) return { headers: '', content: part.subarray(size) };
  const headersEnd = part.indexOf(lineBreak + lineBreak);
  if (headersEnd < 0) throw malformed('a part has no blank line after its headers');
  return {
    headers: part.toString('latin1', 0, headersEnd),
    content: part.subarray(headersEnd + 2 * size),
  };
}

function malformed(why: string): GoogleApiError {
  return new GoogleApiError('INVALID_ARGUMENT', `Malformed multipart body: ${why}.`, {
    reason: 'parseError',
  });
}

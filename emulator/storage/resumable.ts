import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import type { CloudState } from '../state.ts';
import type { Buckets } from './buckets.ts';
import { linkBase } from './links.ts';
import { objectAnswer } from './object-routes.ts';
import type { ObjectVersion } from './object-version.ts';
import { requiredParameter } from './parameters.ts';
import { checkObjectSize, finishUpload, type Upload } from './uploads.ts';

/** Every chunk but the last has at least this many bytes: 256 KiB. */
const MINIMUM_CHUNK_BYTES = 262_144;

interface Session {
  readonly upload: Upload;
  /** The bytes so far, in pieces: to join them at each would take ever longer. */
  readonly pieces: Buffer[];
  received: number;
  /** What it was finished to: a client that missed the answer may ask again. */
  result: ObjectVersion | undefined;
}

/**
 * The resumable uploads under way. Whoever knows a session's address may send to it: it stands for the permission that
 * was checked at its start, as on Google, and the official clients send no token to it.
 * Source: https://cloud.google.com/storage/docs/performing-resumable-uploads.
 */
export class ResumableUploads {
  readonly #state: CloudState;
  readonly #buckets: Buckets;
  readonly #sessions = new Map<string, Session>();

  constructor(state: CloudState, buckets: Buckets) {
    this.#state = state;
    this.#buckets = buckets;
  }

  /** Begins an upload and returns the address to send the bytes to. */
  start(request: FastifyRequest, upload: Upload): string {
    const id = randomBytes(24).toString('base64url');
    this.#sessions.set(id, { upload, pieces: [], received: 0, result: undefined });
    const query = new URLSearchParams({ uploadType: 'resumable', name: upload.name, upload_id: id });
    return `${linkBase(request)}/upload/storage/v1/b/${upload.bucketName}/o?${query}`;
  }

  /**
   * Takes a chunk, or a question how far the upload has come: 308 while bytes are missing, then 200 with the object.
   * @throws GoogleApiError for an unknown session, a gap before the chunk, or a chunk that is too small
   */
  receive(request: FastifyRequest, reply: FastifyReply, bytes: Buffer): FastifyReply {
    const session = this.#session(request);
    if (session.result) return reply.send(this.#answer(request, session.upload, session.result));
    const range = parseContentRange(request.headers['content-range'], bytes.length);
    if (range.first !== undefined) append(session, bytes, range.first, range.total);
    if (range.total !== session.received) return incomplete(request, reply, session);
    const content = Buffer.concat(session.pieces);
    session.result = finishUpload(this.#state, this.#buckets, session.upload, content);
    session.pieces.length = 0;
    return reply.send(this.#answer(request, session.upload, session.result));
  }

  /** Ends an upload without an object: 499, as Google answers. */
  cancel(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    this.#session(request);
    this.#sessions.delete(requiredParameter(request, 'upload_id'));
    return reply.code(499).send();
  }

  #answer(request: FastifyRequest, { bucketName }: Upload, version: ObjectVersion) {
    return objectAnswer(this.#state, this.#buckets, request, this.#buckets.get(bucketName), version);
  }

  #session(request: FastifyRequest): Session {
    const session = this.#sessions.get(requiredParameter(request, 'upload_id'));
    if (session) return session;
    throw new GoogleApiError('NOT_FOUND', 'No such upload session: it has ended or never was.');
  }
}

interface ContentRange {
  /** Offset of the chunk's first byte; undefined where the client only asks. */
  readonly first: number | undefined;
  /** Size of the whole object; undefined while the client does not know it. */
  readonly total: number | undefined;
}

/**
 * Reads `bytes FIRST-LAST/TOTAL`, where a star stands for what is unknown: in place of the range it asks how far the
 * upload has come, in place of LAST the chunk goes to the end of the request's body, which is the object's end where
 * TOTAL is a star, too. So Node's library sends a stream. Without the header the bytes are the object.
 */
function parseContentRange(header: string | undefined, length: number): ContentRange {
  if (header === undefined) return { first: 0, total: length };
  const match = /^bytes (?:(\d+)-(?:(\d+)|\*)|\*)\/(?:(\d+)|\*)$/.exec(header);
  const [first, last, given] = (match?.slice(1) ?? []).map(toNumber);
  const isOpen = first !== undefined && last === undefined;
  const end = first === undefined ? undefined : isOpen ? first + length : (last ?? 0) + 1;
  const isConsistent = first === undefined ? length === 0 : end === first + length && length > 0;
  const total = given ?? (isOpen ? end : undefined);
  const isEmptyObject = isOpen && length === 0 && total === first;
  if (
    match &&
    (isConsistent || isEmptyObject) &&
    !(end !== undefined && total !== undefined && end > total)
  ) {
    return { first, total };
  }
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `Failed to parse Content-Range header: ${header} with ${length} bytes.`,
  );
}

function toNumber(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

function append(session: Session, bytes: Buffer, first: number, total: number | undefined): void {
  const offset = session.received;
  if (first > offset) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Invalid request. According to the Content-Range header, the upload offset is ${first} byte(s), which exceeds already uploaded size of ${offset} byte(s).`,
    );
  }
  checkObjectSize(Math.max(total ?? 0, first + bytes.length));
  const isLast = total === first + bytes.length;
  if (!isLast && bytes.length < MINIMUM_CHUNK_BYTES) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Invalid request. The number of bytes uploaded is required to be equal or greater than ${MINIMUM_CHUNK_BYTES}, except for the final request (it's recommended to be the exact multiple of ${MINIMUM_CHUNK_BYTES}). The received request contained ${bytes.length} bytes, which does not meet this requirement.`,
    );
  }
  const piece = bytes.subarray(offset - first);
  session.pieces.push(piece);
  session.received += piece.length;
}

/**
 * 308: what has been received so far is in the Range header. Go's library asks for 200 in its place, since its HTTP
 * client would follow a 308 (https://pkg.go.dev/google.golang.org/api/internal/gensupport).
 */
function incomplete(request: FastifyRequest, reply: FastifyReply, { received }: Session): FastifyReply {
  if (received > 0) reply.header('range', `bytes=0-${received - 1}`);
  if (request.headers['x-guploader-no-308'] !== 'yes') return reply.code(308).send();
  return reply.code(200).header('x-http-status-code-override', '308').send();
}

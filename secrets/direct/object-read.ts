import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ObjectReadApi, OpenedObject, OpenRequest } from '../apis.ts';
import { AnswerError } from '../google-failure.ts';
import { failureOf } from './answers.ts';
import { authorizationHeaders, type Credentials } from './credentials.ts';
import { open, readBody } from './http.ts';

const maxErrorBytes = 64 * 1024;
const customMetadata = 'x-goog-meta-';

/**
 * Reading by Cloud Storage's XML API, whose download alone brings bytes, generation, CRC32C and custom metadata in one
 * answer, and takes a condition (https://cloud.google.com/storage/docs/xml-api/get-object-download).
 *
 * @param endpoint base address, such as `https://storage.googleapis.com`
 */
export function directReader(endpoint: string, credentials: Credentials): Pick<ObjectReadApi, 'openObject'> {
  const openObject = async (request: OpenRequest): Promise<OpenedObject | undefined> => {
    const { unlessStill } = request;
    const message = await open({
      endpoint,
      path: pathOf(request),
      headers: {
        // As it is stored: otherwise Google decompresses what is stored with Content-Encoding gzip
        // (https://cloud.google.com/storage/docs/transcoding), and nothing says any more how long it is.
        'accept-encoding': 'gzip',
        ...(await authorizationHeaders(credentials)),
        ...(unlessStill?.etag !== undefined && { 'if-none-match': unlessStill.etag }),
      },
    });
    if (message.statusCode === 304 && unlessStill) {
      message.resume();
      // The tag is the content's: the same bytes may have been written again, as a rollback does.
      const generation = message.headers['x-goog-generation'];
      if (generation === undefined || generation === unlessStill.generation) return undefined;
      return openObject({ ...request, unlessStill: undefined });
    }
    if (message.statusCode !== 200) throw await refusal(message);
    const opened = openedObject(message);
    if (opened.generation !== unlessStill?.generation) return opened;
    opened.discard();
    return undefined;
  };
  return { openObject };
}

function pathOf({ bucket, object, generation }: OpenRequest): string {
  const path = object.split('/').map(encodeURIComponent).join('/');
  const query = generation === undefined ? '' : `?generation=${encodeURIComponent(generation)}`;
  return `/${encodeURIComponent(bucket)}/${path}${query}`;
}

function openedObject(message: IncomingMessage): OpenedObject {
  const { headers } = message;
  const generation = headers['x-goog-generation'];
  const size = headers['x-goog-stored-content-length'];
  if (typeof generation !== 'string' || typeof size !== 'string') {
    message.destroy();
    const problem = 'the answer does not say which generation it is, or how long';
    throw new AnswerError({ status: 'UNAVAILABLE', message: problem, reason: undefined });
  }
  const sizeBytes = Number(size);
  return {
    generation,
    etag: headers.etag,
    sizeBytes,
    crc32c: crc32cOf(headers),
    isGzip: headers['x-goog-stored-content-encoding'] === 'gzip',
    metadata: metadataOf(headers),
    bytes: () => readBody(message, sizeBytes),
    discard: () => message.destroy(),
  };
}

/** `x-goog-hash: crc32c=AAAAAA==,md5=…`, which Node joins where it comes as two headers. */
function crc32cOf(headers: IncomingHttpHeaders): string | undefined {
  const header = [headers['x-goog-hash'] ?? ''].flat().join(',');
  return /(?:^|,)\s*crc32c=([^,\s]+)/.exec(header)?.[1];
}

function metadataOf(headers: IncomingHttpHeaders): Record<string, string> {
  const custom = Object.entries(headers).filter(([name]) => name.startsWith(customMetadata));
  return Object.fromEntries(
    custom.map(([name, value]) => [name.slice(customMetadata.length), [value ?? ''].flat().join(',')]),
  );
}

async function refusal(message: IncomingMessage): Promise<AnswerError> {
  const { statusCode: status = 0, headers } = message;
  const body = await readBody(message, maxErrorBytes);
  return new AnswerError(failureOf({ status, headers, body }));
}

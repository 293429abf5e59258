import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { awakeTimeout } from '../deadline.ts';

// An `import` of node:http in an ES module reads each of its exports, and one of those loads all of undici.
const { request: httpRequest } = process.getBuiltinModule('node:http');
const { request: httpsRequest } = process.getBuiltinModule('node:https');

/** A request to Google. */
export interface HttpRequest {
  /** http or https. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON, by POST. @default none, by GET */
  readonly body?: object;
}

/** An answer of which the body has been read. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

// Longer than callers wait (callGoogle), so that it is they who say how long; this only frees the connection.
const requestMilliseconds = 15_000;

/**
 * Sends a request on a connection of its own: calls are minutes apart, or to different hosts, and a connection that was
 * kept while Cloud Run had taken the CPU away is closed at its other end. node:http, because loading what `fetch` needs
 * takes as long as the whole request.
 *
 * @throws Error of the system, with its `code`; AbortError after 15 seconds
 */
export async function open({ url, headers, body }: HttpRequest): Promise<IncomingMessage> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const json = body && Buffer.from(JSON.stringify(body));
  const { signal, clear } = awakeTimeout(requestMilliseconds);
  return new Promise((resolve, reject) => {
    send(url, {
      agent: false,
      method: json ? 'POST' : 'GET',
      headers: {
        ...headers,
        ...(json && { 'content-type': 'application/json', 'content-length': String(json.length) }),
      },
      signal,
    })
      .once('close', clear)
      .once('response', resolve)
      .once('error', reject)
      .end(json);
  });
}

/**
 * Reads a body.
 *
 * @param maxBytes the connection is ended as soon as there are more
 * @throws Error with the code of a broken connection, also when it ends before the body does
 */
export async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw tooLong(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Sends a request and reads its answer. @throws as open and readBody do */
export async function exchange(request: HttpRequest, maxBytes: number): Promise<HttpAnswer> {
  const message = await open(request);
  const body = await readBody(message, maxBytes);
  return { status: message.statusCode ?? 0, headers: message.headers, body };
}

function tooLong(maxBytes: number): Error {
  return Object.assign(new Error(`the answer has more than ${maxBytes} bytes`), { code: 'EMSGSIZE' });
}

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { awakeTimeout } from '../deadline.ts';

// An `import` of node:http in an ES module reads each of its exports, and one of those loads all of undici.
const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule('node:http');
const { Agent: HttpsAgent, request: httpsRequest } = process.getBuiltinModule('node:https');

/** A request to Google. */
export interface HttpRequest {
  /** Base address of the API, by http or https; its path, if it has one, comes before `path`. */
  readonly endpoint: string;
  /** Goes over the wire as it is, where a URL would be rid of its dot segments. */
  readonly path: string;
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
 * takes as long as the whole request. Proxies are those of the environment.
 *
 * @throws Error of the system, with its `code`; AbortError after 15 seconds
 */
export async function open({ endpoint, path, headers, body }: HttpRequest): Promise<IncomingMessage> {
  const { protocol, hostname, port, pathname } = new URL(endpoint);
  const isSecure = protocol === 'https:';
  const send = isSecure ? httpsRequest : httpRequest;
  const json = body && Buffer.from(JSON.stringify(body));
  const { signal, clear } = awakeTimeout(requestMilliseconds);
  return new Promise((resolve, reject) => {
    send({
      // An IPv6 address has brackets in a URL, and none here.
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port || (isSecure ? 443 : 80),
      path: pathname.replace(/\/$/, '') + path,
      agent: agentFor(hostname, isSecure),
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

// What is on this machine or in its own network, and has no way through a proxy.
const neverProxied = /^(?:localhost|127\..*|\[::1\]|metadata\.google\.internal|169\.254\.169\.254)$/;

/** By the proxy that HTTPS_PROXY or HTTP_PROXY name, unless NO_PROXY excepts the host; otherwise directly. */
function agentFor(hostname: string, isSecure: boolean) {
  const { env } = process;
  const names = isSecure ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  if (neverProxied.test(hostname) || !names.some((name) => env[name])) return false;
  return isSecure ? new HttpsAgent({ proxyEnv: env }) : new HttpAgent({ proxyEnv: env });
}

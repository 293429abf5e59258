import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** What the proxy stands in front of. */
export interface ProxyOptions {
  /** Address of the Cloud Run service, http on loopback. */
  readonly target: string;
  /** Identity token that Cloud Run asks of callers, with the service's address as audience. */
  identityToken(): Promise<string>;
  /** Port to listen on; when it is taken, any free one. */
  readonly preferredPort: number;
}

/** A running proxy. */
export interface ServiceProxy {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Headers that belong to one connection (RFC 9110, section 7.6.1), besides those that Connection names. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * Lets this machine, and nobody else, into a private Cloud Run service, as `gcloud run services proxy` does: listens
 * on loopback and puts an identity token on every request. A Host other than loopback is refused (421), so that a
 * page in a browser cannot reach the service under a name of its own (DNS rebinding).
 */
export async function startProxy(options: ProxyOptions): Promise<ServiceProxy> {
  const server = createServer((incoming, outgoing) => {
    forward(options, incoming, outgoing).catch((error: Error) => fail(outgoing, error));
  });
  await listen(server, options.preferredPort);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function forward(
  options: ProxyOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  if (!isLoopback(incoming.headers.host)) {
    outgoing
      .writeHead(421, { 'content-type': 'text/plain' })
      .end('This proxy answers to loopback names only.\n');
    return;
  }
  const target = new URL(options.target);
  const upstream = request({
    hostname: target.hostname,
    port: target.port,
    method: incoming.method,
    path: incoming.url,
    headers: {
      ...endToEnd(incoming),
      // Without it Node would send a body of unknown length unframed for methods that rarely have one.
      ...(incoming.headers['transfer-encoding'] && { 'transfer-encoding': 'chunked' }),
      host: target.host,
      authorization: `Bearer ${await options.identityToken()}`,
    },
  });
  outgoing.on('close', () => outgoing.writableFinished || upstream.destroy());
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once('response', resolve);
    upstream.on('error', reject);
  });
  // An answer may come before the request's body has been read to its end; only a missing answer is a failure.
  pipeline(incoming, upstream).catch(() => {});
  const answer = await response;
  outgoing.writeHead(answer.statusCode ?? 502, endToEnd(answer));
  await pipeline(answer, outgoing);
}

function fail(outgoing: ServerResponse, error: Error): void {
  if (outgoing.headersSent) outgoing.destroy();
  else
    outgoing
      .writeHead(502, { 'content-type': 'text/plain' })
      .end(`The service did not answer: ${error.message}\n`);
}

function endToEnd({ headers }: IncomingMessage): IncomingMessage['headers'] {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name) && !named.includes(name)),
  );
}

function isLoopback(host: string | undefined): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i.test(host ?? '');
}

async function listen(server: Server, preferredPort: number): Promise<void> {
  try {
    await listenOn(server, preferredPort);
  } catch (error) {
    if (!['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await listenOn(server, 0);
  }
}

function listenOn(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Resource } from '../iam/authorizer.ts';
import type { Principal } from '../iam/principal.ts';
import { ANONYMOUS } from '../iam/principal.ts';
import { type CloudState, decide } from '../state.ts';
import { Instance } from './instance.ts';
import type { Revision } from './revision.ts';

/** What a front stands before. */
export interface FrontOptions {
  readonly state: CloudState;
  /** The service as a resource: who may invoke it is decided there. */
  readonly resource: Resource;
  /** The revision that serves at this moment. */
  readonly serving: () => Revision | undefined;
}

/** The public side of a service: a loopback address of its own that lets invokers through to the serving revision. */
export class Front {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Starts to listen on 127.0.0.1, on the given port if it is free, else on any that is. */
  static async open(options: FrontOptions, port = 0): Promise<Front> {
    const server = createServer();
    await listen(server, port).catch(() => listen(server, 0));
    const front = new Front(server);
    server.on('request', (request, response) => {
      serve(options, front.url, request, response).catch((error: Error) => {
        response.destroy(error);
      });
    });
    return front;
  }

  /** Stops listening and ends what is still open. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function serve(options: FrontOptions, url: string, request: IncomingMessage, response: ServerResponse) {
  const principal = await principalOf(options.state, url, request);
  if (principal === 'invalid' || principal === 'expired') {
    response.setHeader(
      'WWW-Authenticate',
      'Bearer error="invalid_token" error_description="The access token could not be verified"',
    );
    return answer(
      response,
      401,
      'Unauthorized',
      'Your client does not have permission to the requested URL.',
    );
  }
  const asking = { principal, method: request.method, url: request.url };
  if (!decide(options.state, asking, 'run.routes.invoke', options.resource).granted) {
    return answer(
      response,
      403,
      'Forbidden',
      'Your client does not have permission to get the requested URL from this server.',
    );
  }
  const revision = options.serving();
  const instance = await revision?.instance();
  if (!revision || !(instance instanceof Instance)) {
    return answer(response, 503, 'Service Unavailable', 'The service has no revision that can serve.');
  }
  const leave = await revision.concurrency.enter();
  if (response.destroyed) return leave(); // its client did not wait as long
  response.once('close', leave);
  forward(instance.port, revision.timeoutSeconds, request, response);
}

/** Cloud Run takes identity tokens made for the URL of the service, and nobody is anonymous who sends none. */
async function principalOf({ tokens }: CloudState, url: string, { headers }: IncomingMessage) {
  const header = headers['x-serverless-authorization'] ?? headers.authorization;
  const token = typeof header === 'string' ? header.match(/^bearer (.+)$/i)?.[1] : undefined;
  const principal: Principal | 'invalid' | 'expired' = token
    ? await tokens.principalOfIdentityToken(token, url)
    : ANONYMOUS;
  return principal;
}

function forward(port: number, timeoutSeconds: number, request: IncomingMessage, response: ServerResponse) {
  const { 'x-serverless-authorization': _, connection: __, ...headers } = request.headers;
  if (headers.authorization) {
    // The container learns who called, and cannot call others with the same token.
    headers.authorization = headers.authorization.replace(/\.[^.]+$/, '.SIGNATURE_REMOVED_BY_GOOGLE');
  }
  const forwarded = { 'x-forwarded-for': request.socket.remoteAddress ?? '', 'x-forwarded-proto': 'https' };
  const options = { port, host: '127.0.0.1', method: request.method, path: request.url, agent: false };
  const upstream = httpRequest({ ...options, headers: { ...headers, ...forwarded } }, (answered) => {
    response.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
    answered.pipe(response);
  });
  upstream.setTimeout(timeoutSeconds * 1000, () => {
    if (!response.headersSent) answer(response, 504, 'Gateway Timeout', 'upstream request timeout');
    upstream.destroy();
  });
  upstream.on('error', () => {
    if (response.headersSent) response.destroy();
    else answer(response, 503, 'Service Unavailable', 'The container ended before it answered.');
  });
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
}

function answer(response: ServerResponse, status: number, title: string, text: string) {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=UTF-8' });
  response.end(
    `<html><head><title>${status} ${title}</title></head><body><h1>Error: ${title}</h1><h2>${text}</h2></body></html>\n`,
  );
}

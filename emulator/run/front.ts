import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { guard } from '../http/guard.ts';
import { addressOf, closeServer, listenOn } from '../http/loopback.ts';
import { createServer } from '../http/node-http.ts';
import type { Resource } from '../iam/authorizer.ts';
import type { Principal } from '../iam/principal.ts';
import { ANONYMOUS } from '../iam/principal.ts';
import { GCLOUD_CLIENT } from '../iam/tokens.ts';
import { type CloudState, decide } from '../state.ts';
import { answer, checkedHeader, forward, withoutSignature } from './forward.ts';
import { Instance } from './instance.ts';
import type { Revision } from './revision.ts';

/** What a front stands before. */
export interface FrontOptions {
  readonly state: CloudState;
  /** The service as a resource: who may invoke it is decided there. */
  readonly resource: Resource;
  /** The revision that serves at this moment. */
  readonly serving: () => Revision | undefined;
  /** What identity tokens may be made for besides the service's address: its custom audiences. */
  readonly audiences: () => readonly string[];
}

/** The public side of a service: a loopback address of its own that lets invokers through to the serving revision. */
export class Front {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://${addressOf(server)}`;
  }

  /** Starts to listen on 127.0.0.1, on the given port if it is free, else on any that is. */
  static async open(options: FrontOptions, port = 0): Promise<Front> {
    const server = createServer();
    await listenOn(server, '127.0.0.1', port).catch(() => listenOn(server, '127.0.0.1'));
    const front = new Front(server);
    server.on('request', (request, response) => {
      serve(options, front.url, request, response).catch((error: Error) => {
        response.destroy(error);
      });
    });
    guard(server, { navigable: true });
    return front;
  }

  /** Stops listening and ends what is still open. */
  async close(): Promise<void> {
    await closeServer(this.#server);
  }
}

async function serve(options: FrontOptions, url: string, request: IncomingMessage, response: ServerResponse) {
  const principal = await principalOf(options, url, request);
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
  const giveBack = instance.cpu.take();
  response.once('close', () => {
    giveBack();
    leave();
  });
  const headers = principal.member ? withoutSignature(request.headers) : request.headers;
  const { port, exited } = instance;
  forward({ port, timeoutSeconds: revision.timeoutSeconds, headers, exited }, request, response);
}

/**
 * Who calls, by the identity token made for the URL of the service, for one of its custom audiences, or for gcloud. A public service
 * asks nobody for a token, so it does not look at one either: the container may have its own use for the header.
 */
async function principalOf(options: FrontOptions, url: string, { headers }: IncomingMessage) {
  const { tokens, authorizer } = options.state;
  if (authorizer.decide(ANONYMOUS, 'run.routes.invoke', options.resource).granted) return ANONYMOUS;
  const header = headers[checkedHeader(headers)];
  const token = typeof header === 'string' ? header.match(/^bearer (.+)$/i)?.[1] : undefined;
  const principal: Principal | 'invalid' | 'expired' = token
    ? await tokens.principalOfIdentityToken(token, [url, ...options.audiences(), GCLOUD_CLIENT])
    : ANONYMOUS;
  return principal;
}

import type { Server } from 'node:http';
import { guard } from '../http/guard.ts';
import { addressOf, closeServer, listenUnguessably } from '../http/loopback.ts';
import { createServer } from '../http/node-http.ts';
import { answer, forward } from '../run/forward.ts';

/** A loopback address of a Service, as `kubectl port-forward` gives one, at an address that
 * nobody can guess, since no token is asked for: each request goes to a Pod that is ready. */
export class ServiceFront {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://${addressOf(server)}`;
  }

  /** @param portOf the port of a Pod for the next request */
  static async open(portOf: () => number | undefined): Promise<ServiceFront> {
    const server = createServer((request, response) => {
      const port = portOf();
      if (port !== undefined)
        forward({ port, timeoutSeconds: 60, headers: request.headers }, request, response);
      else answer(response, 503, 'Service Unavailable', 'No Pod of the Service is ready.');
    });
    guard(server, { navigable: true });
    await listenUnguessably(server);
    return new ServiceFront(server);
  }

  async close(): Promise<void> {
    await closeServer(this.#server);
  }
}

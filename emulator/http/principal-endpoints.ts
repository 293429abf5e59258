import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { createServer } from './node-http.ts';

/**
 * Addresses at which a request without a token counts as one principal's. Official storage libraries send no token to
 * an emulator (STORAGE_EMULATOR_HOST), so the address has to say who asks; as with the metadata server, whoever can
 * connect to it is that principal.
 */
export class PrincipalEndpoints {
  readonly #app: FastifyInstance;
  readonly #tokenFor: (member: string) => string;
  readonly #servers = new Map<string, Promise<Server>>();

  /** @param tokenFor an access token of a member, made anew for each request */
  constructor(app: FastifyInstance, tokenFor: (member: string) => string) {
    this.#app = app;
    this.#tokenFor = tokenFor;
  }

  /** The address (`http://127.0.0.1:PORT`) of a member; opened when first asked for. */
  async addressFor(member: string): Promise<string> {
    const opened = this.#servers.get(member) ?? this.#open(member);
    this.#servers.set(member, opened);
    return `http://127.0.0.1:${((await opened).address() as AddressInfo).port}`;
  }

  /** Closes them all. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#servers.values()].map(async (opened) => {
        const server = await opened;
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
      }),
    );
  }

  #open(member: string): Promise<Server> {
    const server = createServer((request, response) => {
      request.headers.authorization ??= `Bearer ${this.#tokenFor(member)}`;
      this.#app.server.emit('request', request, response);
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(server));
    });
  }
}

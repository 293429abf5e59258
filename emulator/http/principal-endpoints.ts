import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { addressOf, closeServer, listenUnguessably } from './loopback.ts';
import { createServer } from './node-http.ts';

/** A path that begins with a principal's secret. */
const PRINCIPAL_PATH = /^\/local\/as\/([\w-]+)(\/.*)$/;

/**
 * Addresses at which a request without a token counts as one principal's. Official storage libraries send no token to
 * an emulator (STORAGE_EMULATOR_HOST), so the address has to say who asks: by a path that only who was told it knows,
 * or, for libraries that drop the path, by an address of its own that cannot be guessed.
 */
export class PrincipalEndpoints {
  readonly #app: FastifyInstance;
  readonly #tokenFor: (member: string) => string;
  readonly #servers = new Map<string, Promise<Server>>();
  readonly #secrets = new Map<string, string>();

  /** @param tokenFor an access token of a member, made anew for each request */
  constructor(app: FastifyInstance, tokenFor: (member: string) => string) {
    this.#app = app;
    this.#tokenFor = tokenFor;
    const listeners = app.server.listeners('request') as RequestListener[];
    app.server.removeAllListeners('request');
    app.server.on('request', (request, response) => {
      this.#admit(request);
      for (const listener of listeners) listener(request, response);
    });
  }

  /** The path of a member at the address of the APIs, `/local/as/SECRET`; it needs no port of its own. */
  pathFor(member: string): string {
    const secret = this.#secrets.get(member) ?? randomBytes(24).toString('base64url');
    this.#secrets.set(member, secret);
    return `/local/as/${secret}`;
  }

  /** The address (`http://HOST:PORT`) of a member; opened when first asked for. */
  async addressFor(member: string): Promise<string> {
    const opened = this.#servers.get(member) ?? this.#open(member);
    this.#servers.set(member, opened);
    return `http://${addressOf(await opened)}`;
  }

  /** Closes them all. */
  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map(async (opened) => closeServer(await opened)));
  }

  /** Makes a request to a member's path one of the member, to the address that follows. */
  #admit(request: IncomingMessage): void {
    const [, secret, url] = PRINCIPAL_PATH.exec(request.url ?? '') ?? [];
    if (secret === undefined) return;
    const [member] = [...this.#secrets].find(([, known]) => known === secret) ?? [];
    if (member === undefined) return;
    request.url = url;
    request.headers.authorization ??= `Bearer ${this.#tokenFor(member)}`;
  }

  async #open(member: string): Promise<Server> {
    const server = createServer((request, response) => {
      request.headers.authorization ??= `Bearer ${this.#tokenFor(member)}`;
      this.#app.server.emit('request', request, response);
    });
    await listenUnguessably(server);
    return server;
  }
}

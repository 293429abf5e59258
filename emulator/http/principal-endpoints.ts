import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Server as GrpcServer } from '@grpc/grpc-js';
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
  readonly #grpcServers = new Map<string, Promise<{ server: GrpcServer; address: string }>>();
  readonly #url: () => string;

  /**
   * @param tokenFor an access token of a member, made anew for each request
   * @param url where the app listens, once it does
   */
  constructor(app: FastifyInstance, tokenFor: (member: string) => string, url: () => string) {
    this.#app = app;
    this.#url = url;
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

  /** The address (`HOST:PORT`) of a member for gRPC with insecure credentials. Opened when first asked for. */
  async grpcAddressFor(member: string): Promise<string> {
    const opened = this.#grpcServers.get(member) ?? this.#openGrpc(member);
    this.#grpcServers.set(member, opened);
    return (await opened).address;
  }

  /** Closes them all. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#grpcServers.values()].map(async (opened) => (await opened).server.forceShutdown()),
    );
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

  /** gRPC and its protocol buffers are loaded with the first one: most runs never need them. */
  async #openGrpc(member: string) {
    const { createGrpcServer, listenGrpc } = await import('../grpc/server.ts');
    const server = createGrpcServer({ url: this.#url(), token: () => this.#tokenFor(member) });
    return { server, address: await listenGrpc(server) };
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

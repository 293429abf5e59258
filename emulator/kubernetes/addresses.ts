import type { FastifyInstance } from 'fastify';
import { guard } from '../http/guard.ts';
import { addressOf } from '../http/loopback.ts';
import { PrincipalEndpoints } from '../http/principal-endpoints.ts';
import { createApiServer } from './api.ts';
import type { Cluster } from './cluster.ts';
import { ServiceFront } from './service-front.ts';

/** What listens for a cluster. */
export interface AddressesOptions {
  /** The port of the API server; 0 for any that is free. */
  readonly port: number;
  /** An access token of a member. */
  readonly tokenFor: (member: string) => string;
  /** Called after each write by the API; the answer waits for it. */
  readonly onWritten: () => Promise<void>;
}

/** The addresses at which a cluster is reached: its API server, that as somebody, and its Services. */
export class Addresses {
  readonly url: string;
  readonly #cluster: Cluster;
  readonly #server: FastifyInstance;
  readonly #endpoints: PrincipalEndpoints;
  readonly #fronts = new Map<string, Promise<ServiceFront>>();

  private constructor(cluster: Cluster, server: FastifyInstance, { tokenFor }: AddressesOptions) {
    this.#cluster = cluster;
    this.#server = server;
    this.#endpoints = new PrincipalEndpoints(server, tokenFor, () => this.url);
    guard(server.server);
    this.url = `http://${addressOf(server.server)}`;
  }

  /** Starts the API server on loopback. @throws Error with code EADDRINUSE when the port is taken */
  static async open(cluster: Cluster, options: AddressesOptions): Promise<Addresses> {
    const server = createApiServer(cluster);
    server.addHook('onSend', async (request, reply) => {
      if (reply.statusCode < 400 && request.method !== 'GET') await options.onWritten();
    });
    await server.listen({ host: '127.0.0.1', port: options.port });
    return new Addresses(cluster, server, options);
  }

  /**
   * An address of the API server at which a request without a token is the member's: over plain HTTP, kubectl and
   * Terraform's provider send none.
   */
  endpointFor(member: string): Promise<string> {
    return this.#endpoints.addressFor(member);
  }

  /** A loopback address of a Service: no token is asked for there. */
  async serviceUrl(namespace: string, name: string): Promise<string> {
    const key = `${namespace}/${name}`;
    const portOf = () => this.#cluster.pods.portFor(namespace, name);
    const front = this.#fronts.get(key) ?? ServiceFront.open(portOf);
    this.#fronts.set(key, front);
    return (await front).url;
  }

  /** Stops listening. */
  async close(): Promise<void> {
    await Promise.all([...this.#fronts.values()].map(async (front) => (await front).close()));
    await this.#endpoints.close();
    await this.#server.close();
  }
}

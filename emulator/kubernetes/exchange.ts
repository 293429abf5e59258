import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Cluster } from './cluster.ts';
import type { ResourcePath } from './resource-path.ts';

/** The parameters of a request. */
export type Query = Record<string, string | undefined>;

/** A request for objects, and where it is answered. */
export interface Exchange extends ResourcePath {
  readonly cluster: Cluster;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly query: Query;
}

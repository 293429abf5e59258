import type { FastifyInstance } from 'fastify';

/** A request that was answered. */
export interface RequestLogEntry {
  readonly method: string;
  /** Path without the query, which may hold upload ids. */
  readonly path: string;
  readonly status: number;
  /** The member that asked; undefined for an anonymous caller. */
  readonly member: string | undefined;
  /** Why it was refused, in the words of the answer. */
  readonly refusal: string | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The message of the error that the request was answered with. */
    refusal: string | undefined;
  }
}

/** Reports every request that was answered: who asked, and why it was refused. */
export function logRequests(app: FastifyInstance, onRequest: (entry: RequestLogEntry) => void): void {
  app.decorateRequest('refusal', undefined);
  app.addHook('onError', async (request, _reply, error) => {
    request.refusal = error.message;
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, url, principal, refusal } = request;
    const [path = ''] = url.split('?');
    onRequest({ method, path, status: reply.statusCode, member: principal?.member, refusal });
  });
}

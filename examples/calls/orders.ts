#!/usr/bin/env node
import type { FastifyInstance } from 'fastify';
import { runService } from '../../service/run-service.ts';

/** The service that is called: it answers those alone of whom Google says who they are. */
export default async function orders(app: FastifyInstance) {
  app.get('/orders', async (request, reply) => {
    const caller = await app.identity.caller(request);
    if (caller === undefined) return reply.code(401).send({ error: 'nobody says who is calling' });
    return { orders: ['42'], caller };
  });
}

void runService({}, async () => ({ default: orders }));

#!/usr/bin/env node
import type { FastifyInstance } from 'fastify';
import { runService } from '../../service/run-service.ts';

/** The service that calls: as itself, by a token for the one service that it asks. */
export default async function invoices(app: FastifyInstance) {
  const { CALL_ORDERS_URL = '', CALL_ORDERS_AUDIENCE = '' } = process.env;
  app.get('/invoices', async () => {
    const token = await app.identity.idToken(CALL_ORDERS_AUDIENCE);
    const answer = await fetch(`${CALL_ORDERS_URL}/orders`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: answer.status, answer: await answer.json() };
  });
}

void runService({}, async () => ({ default: invoices }));

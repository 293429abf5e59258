import type { FastifyInstance } from 'fastify';
import database from './database.ts';
import visitsRoute from './visits.ts';

/** The app: a database whose credentials change, and a route that uses it. */
export default async function app(app: FastifyInstance) {
  await app.register(database);
  await app.register(visitsRoute);
}

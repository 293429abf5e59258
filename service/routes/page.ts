import type { FastifyInstance } from 'fastify';
import type { ServiceConfig } from '../config.ts';
import { messagePage } from '../page/layout.ts';
import { renderPage } from '../page/page.ts';

/** Options of the route. */
export interface PageRouteOptions {
  readonly config: ServiceConfig;
}

/** The page at `/`: 200 with the config, 503 without one. */
export default async function pageRoute(app: FastifyInstance, { config }: PageRouteOptions) {
  app.get('/', async (_request, reply) => {
    reply.type('text/html; charset=utf-8');
    const loaded = await app.secret.valid();
    if (!loaded) {
      const message = 'The service has no config that it may use. The log says why.';
      return reply.code(503).header('retry-after', '5').send(messagePage('Not ready', message));
    }
    return renderPage({ ...config, loaded, email: await app.identity.email });
  });
}

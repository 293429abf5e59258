import type { FastifyInstance } from 'fastify';
import type { LoadedConfig } from '../../secrets/load.ts';
import type { ServiceConfig } from '../config.ts';
import { messagePage } from './layout.ts';
import { renderPage } from './page.ts';

/** Options of the route. */
export interface PageRouteOptions {
  readonly config: ServiceConfig;
}

/** The page as it is sent, and what it was made of. */
interface RenderedPage {
  readonly loaded: LoadedConfig;
  readonly email: string | undefined;
  readonly bytes: Buffer;
}

/** The page at `/`: 200 with the config, 503 without one. It is made once for each config, as nothing else changes it. */
export default async function pageRoute(app: FastifyInstance, { config }: PageRouteOptions) {
  let page: RenderedPage | undefined;
  app.get('/', async (_request, reply) => {
    reply.type('text/html; charset=utf-8');
    const loaded = app.secret.current ?? (await app.secret.valid());
    if (!loaded) {
      const message = 'The service has no config that it may use. The log says why.';
      return reply.code(503).header('retry-after', '5').send(messagePage('Not ready', message));
    }
    const email = app.identity.knownEmail ?? (await app.identity.email);
    if (page?.loaded !== loaded || page.email !== email) {
      page = { loaded, email, bytes: Buffer.from(renderPage({ ...config, loaded, email })) };
    }
    return page.bytes;
  });
}

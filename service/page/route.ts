import type { JsonSchema, LoadedSecret } from '@cloud-run-identity/secrets';
import type { FastifyInstance } from 'fastify';
import type { ServiceEnvironment } from '../environment.ts';
import { messagePage } from './layout.ts';
import { type Looks, looksOf, renderPage } from './page.ts';

/** Options of the route. */
export interface PageRouteOptions {
  readonly environment: ServiceEnvironment;
  /** Says which values are secret, and in which order they are shown. */
  readonly schema: JsonSchema;
}

/** The page as it is sent, and what it was made of. */
interface RenderedPage {
  readonly loaded: LoadedSecret;
  readonly email: string | undefined;
  readonly looks: Looks;
  /** Days since 1970: what is overdue changes with them. */
  readonly day: number;
  readonly bytes: Buffer;
}

/**
 * The pages: at `/` 200 with the secret `config`, 503 without one. It is made once for each value,
 * look and day, as nothing else changes it. Anywhere else 404.
 */
export default async function pageRoute(app: FastifyInstance, { environment, schema }: PageRouteOptions) {
  let page: RenderedPage | undefined;
  app.get('/', async (_request, reply) => {
    reply.type('text/html; charset=utf-8');
    const { config } = app.secrets;
    const loaded = config.current ?? (await config.valid());
    if (!loaded) {
      const message = 'The service has no config that it may use. The log says why.';
      return reply.code(503).header('retry-after', '5').send(messagePage('Not ready', message));
    }
    const email = app.identity.knownEmail ?? (await app.identity.email);
    const day = Math.floor(Date.now() / 86_400_000);
    const looks = looksOf(config.status);
    const isAsBefore =
      page?.loaded === loaded &&
      page.email === email &&
      page.day === day &&
      page.looks.confirmed === looks.confirmed &&
      page.looks.next === looks.next;
    if (page === undefined || !isAsBefore) {
      const bytes = Buffer.from(renderPage({ ...environment, schema, loaded, looks, email }));
      page = { loaded, email, day, looks, bytes };
    }
    return page.bytes;
  });
  app.setNotFoundHandler((_request, reply) => {
    reply.code(404).type('text/html; charset=utf-8').send(messagePage('Not found', 'There is no page here.'));
  });
}

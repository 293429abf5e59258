import type { FastifyInstance } from 'fastify';
import { configSchema } from './config-schema.ts';
import type { ServiceEnvironment } from './environment.ts';
import pageRoute from './page/route.ts';

/** The app that is deployed: a page with the decrypted secret. Put your plugins and routes here in its place. */
export default async function app(
  app: FastifyInstance,
  { environment }: { readonly environment: ServiceEnvironment },
) {
  await app.register(pageRoute, { environment, schema: configSchema });
}

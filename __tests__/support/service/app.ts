import type { FastifyInstance } from 'fastify';
import type { ServiceEnvironment } from '../../../service/environment.ts';
import pageRoute from '../../../service/page/route.ts';
import { sampleSchema } from '../schema.ts';

/** The page, with a schema of the tests' own. */
export default async function app(
  app: FastifyInstance,
  { environment }: { readonly environment: ServiceEnvironment },
) {
  await app.register(pageRoute, { environment, schema: sampleSchema });
}

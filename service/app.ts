import fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import type { ServiceConfig } from './config.ts';
import { messagePage } from './page/layout.ts';
import drain from './plugins/drain.ts';
import identity, { type IdentityPluginOptions } from './plugins/identity.ts';
import secret, { type SecretPluginOptions } from './plugins/secret.ts';
import securityHeaders from './plugins/security-headers.ts';
import healthRoutes from './routes/health.ts';
import pageRoute from './routes/page.ts';

/** What the app is built from. */
export interface AppOptions extends SecretPluginOptions, IdentityPluginOptions {
  readonly config: ServiceConfig;
  /** @default no log */
  readonly logger?: FastifyServerOptions['logger'];
}

/**
 * The Fastify app, plugins in order of start. The loading of the config begins at once; the app answers
 * before it has ended.
 */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  // Cloud Run writes a line a request itself.
  const logController = new LogController({ disableRequestLogging: true });
  const app = fastify({ logger: options.logger ?? false, logController });
  await app.register(drain);
  await app.register(securityHeaders);
  await app.register(secret, { load: options.load });
  await app.register(identity, { callerEmail: options.callerEmail });
  await app.register(healthRoutes);
  await app.register(pageRoute, { config: options.config });
  app.setNotFoundHandler((_request, reply) => {
    reply.code(404).type('text/html; charset=utf-8').send(messagePage('Not found', 'There is no page here.'));
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const code = error.statusCode && error.statusCode >= 400 ? error.statusCode : 500;
    if (code >= 500) request.log.error({ error }, error.message);
    const message = code >= 500 ? 'The log says what went wrong.' : 'The request was not understood.';
    reply.code(code).type('text/html; charset=utf-8').send(messagePage('Something went wrong', message));
  });
  return app;
}

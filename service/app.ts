import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
  LogController,
} from 'fastify';
import drain from '../secrets/fastify/drain.ts';
import healthRoutes from '../secrets/fastify/health.ts';
import identity from '../secrets/fastify/identity.ts';
import { RequestLogger } from '../secrets/fastify/request-logger.ts';
import secret from '../secrets/fastify/secret.ts';
import { projectOf, traceFields } from '../secrets/fastify/trace.ts';
import { reloadTimes } from '../secrets/live/reload-schedule.ts';
import { NoConfigError } from '../secrets/live/secret.ts';
import type { ServiceConfig } from './config.ts';
import type { Google } from '../secrets/live/google.ts';
import { messagePage } from './page/layout.ts';
import securityHeadersPlugin, { securityHeaders } from './page/security-headers.ts';
import pageRoute from './page/route.ts';

/** What the app is built from. */
export interface AppOptions extends Google {
  readonly config: ServiceConfig;
  /** @default no log */
  readonly logger?: FastifyServerOptions['logger'];
  /** Plugin that measures the app. @default none */
  readonly telemetry?: ((app: FastifyInstance) => Promise<void>) | undefined;
}

// The largest body that is ever read is a notification of a few KiB.
const limits = {
  bodyLimit: 64 * 1024,
  http: { maxHeaderSize: 16 * 1024 },
  requestTimeout: 30_000,
  // No handlerTimeout: its timer takes a seventh of what a page takes. Routes that may wait for long have their own.
};

/**
 * The Fastify app, plugins in order of start. The loading of the config begins at once; the app answers
 * before it has ended.
 */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { config, source } = options;
  const app = createFastify(options.logger);
  await options.telemetry?.(app);
  await app.register(drain);
  await app.register(securityHeadersPlugin);
  const { maxStaleSeconds } = config;
  await app.register(secret, {
    source,
    times: reloadTimes(config.reloadSeconds),
    maxStaleMilliseconds: maxStaleSeconds === undefined ? undefined : maxStaleSeconds * 1000,
  });
  await app.register(identity, { callerEmail: options.callerEmail });
  await app.register(healthRoutes);
  await app.register(pageRoute, { config });
  if (config.callers) {
    // Imported only where it is used: it brings what verifies tokens and limits rates.
    const { default: reloadRoutes } = await import('../secrets/fastify/reload.ts');
    await app.register(reloadRoutes, { config, tokenIssuer: options.tokenIssuer });
  }
  answerErrors(app);
  return app;
}

function createFastify(logger: AppOptions['logger'] = false): FastifyInstance {
  const app: FastifyInstance = fastify({
    ...limits,
    logger,
    // An address that cannot be read does not come as far as the hooks.
    frameworkErrors: (error, _request, reply) => {
      reply.headers(securityHeaders);
      answerError(error, reply);
    },
    // Cloud Run writes a line a request itself; a second one would cost as much again.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (parent, bindings, childOptions, { headers }) =>
      new RequestLogger(() => {
        const project = projectOf(app.identity.knownEmail);
        return parent.child({ ...bindings, ...traceFields(headers, project) }, childOptions);
      }),
  });
  return app;
}

function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => {
    reply.code(404).type('text/html; charset=utf-8').send(messagePage('Not found', 'There is no page here.'));
  });
  app.setErrorHandler((error: HttpError, request, reply) => {
    const isLogged = codeOf(error) >= 500 && !(error instanceof NoConfigError);
    if (isLogged) request.log.error({ error }, error.message);
    answerError(error, reply);
  });
}

type HttpError = Error & { readonly statusCode?: number };

function codeOf({ statusCode = 500 }: HttpError): number {
  return statusCode >= 400 ? statusCode : 500;
}

function answerError(error: HttpError, reply: Pick<FastifyReply, 'code'>): void {
  const code = codeOf(error);
  const message = code >= 500 ? 'The log says what went wrong.' : 'The request was not understood.';
  reply.code(code).type('text/html; charset=utf-8').send(messagePage('Something went wrong', message));
}

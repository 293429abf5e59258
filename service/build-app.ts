import { type Google, NoSecretError, type SecretShape, type SecretSource } from '@cloud-run-identity/secrets';
import secret, { serverOptions } from '@cloud-run-identity/secrets/fastify';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyServerOptions } from 'fastify';
import type { ServiceEnvironment } from './environment.ts';
import { messagePage } from './page/layout.ts';
import securityHeadersPlugin, { securityHeaders } from './page/security-headers.ts';

/** An app of yours: a Fastify plugin that adds plugins and routes. */
export type ServiceApp = (
  app: FastifyInstance,
  options: { readonly environment: ServiceEnvironment },
) => Promise<void>;

/** What the app is built from. */
export interface AppOptions {
  readonly environment: ServiceEnvironment;
  /** What the first secret is. @default a JSON object */
  readonly shape?: SecretShape;
  readonly google: Google;
  readonly source: SecretSource<unknown>;
  /** Routes and plugins of yours. @default none */
  readonly app?: ServiceApp;
  /** @default lines that Cloud Logging reads, from the environment's level on */
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
 * The Fastify app, plugins in order of start. The loading of the secret has begun; the app answers before it has ended.
 */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { environment, shape, google, source } = options;
  const app = createFastify(options);
  await options.telemetry?.(app);
  await app.register(securityHeadersPlugin);
  app.setErrorHandler((error: HttpError, request, reply) => {
    const isLogged = codeOf(error) >= 500 && !(error instanceof NoSecretError);
    if (isLogged) request.log.error({ error }, error.message);
    answerError(error, reply);
  });
  await app.register(secret, { ...shape, environment, google, source });
  if (options.app) await app.register(options.app, { environment });
  return app;
}

function createFastify({ environment, logger }: AppOptions): FastifyInstance {
  const app: FastifyInstance = fastify({
    ...serverOptions({ level: environment.logLevel }),
    ...limits,
    ...(logger !== undefined && { logger }),
    // An address that cannot be read does not come as far as the hooks.
    frameworkErrors: (error, _request, reply) => {
      reply.headers(securityHeaders);
      answerError(error, reply);
    },
  });
  return app;
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

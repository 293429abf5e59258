import { type FastifyServerOptions, LogController } from 'fastify';
import { loggerOptions } from './logger.ts';
import { RequestLogger } from './request-logger.ts';
import { projectOf, traceFields } from './trace.ts';

/** What {@link serverOptions} takes. */
export interface ServerOptionsOptions {
  /** Least severity of what is logged. @default 'info' */
  readonly level?: string;
}

/** Those of Fastify's options that these are. */
export type ServerOptions = Required<
  Pick<FastifyServerOptions, 'logger' | 'logController' | 'childLoggerFactory'>
>;

/**
 * Fastify's options for a service on Cloud Run: lines that Cloud Logging reads, each beside the request that it belongs
 * to, and none for each request, since Cloud Run writes those itself.
 */
export function serverOptions({ level = 'info' }: ServerOptionsOptions = {}): ServerOptions {
  return {
    logger: { ...loggerOptions, level },
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory(parent, bindings, options, { headers }) {
      return new RequestLogger(() => {
        const project = projectOf(this.identity.knownEmail);
        return parent.child({ ...bindings, ...traceFields(headers, project) }, options);
      });
    },
  };
}

import type { FastifyServerOptions } from 'fastify';
import { SecretError } from '../errors.ts';

// https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity
const severities: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
};

/**
 * pino's options for lines as Cloud Logging reads them from a container's output: one JSON object a line
 * with `severity`, `message` and `time` (https://cloud.google.com/logging/docs/structured-logging).
 */
export const loggerOptions: Exclude<FastifyServerOptions['logger'], boolean | undefined> = {
  // Written at once, where pino's own stream would put the last line of a process before earlier ones.
  stream: process.stdout,
  level: 'info',
  base: null,
  messageKey: 'message',
  errorKey: 'error',
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
  formatters: { level: (label) => ({ severity: severities[label] ?? 'DEFAULT' }) },
  serializers: { error: serializeError },
};

/**
 * An error as it is logged. A known failure says who lacks what and how to fix it and needs no stack; of
 * any other only the listed fields are taken, since errors of clients hold whole requests.
 */
function serializeError(error: Error): object {
  const { name, message } = error;
  if (!(error instanceof SecretError)) return { name, message, stack: error.stack };
  const { retryable, fix } = error;
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  const denial = Object.fromEntries(
    Object.entries(error).filter(([key]) =>
      ['principal', 'permission', 'resource', 'problems'].includes(key),
    ),
  );
  return { name, message, ...denial, fix, retryable, cause };
}

import type { FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { isJsonObject, type JsonObject } from './merge-patch.ts';

/** A query parameter; the first of several with the name; undefined where absent or empty. */
export function parameter(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Record<string, string | string[] | undefined>)[name];
  return [value].flat()[0] || undefined;
}

/**
 * A query parameter that must be a whole number of at least 0, e.g. a generation.
 * @throws GoogleApiError INVALID_ARGUMENT
 */
export function integerParameter(request: FastifyRequest, name: string): number | undefined {
  const value = parameter(request, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number)) return number;
  throw new GoogleApiError('INVALID_ARGUMENT', `Invalid value for query parameter ${name}: ${value}`, {
    location: { locationType: 'parameter', location: name },
  });
}

/** Whether a query parameter is true, in any case: Python's clients write `True`. */
export function booleanParameter(request: FastifyRequest, name: string): boolean {
  return parameter(request, name)?.toLowerCase() === 'true';
}

/**
 * A parameter that a method cannot do without.
 * @throws GoogleApiError 400 with reason `required`
 */
export function requiredParameter(request: FastifyRequest, name: string): string {
  const value = parameter(request, name);
  if (value !== undefined) return value;
  throw new GoogleApiError('INVALID_ARGUMENT', `Required parameter: ${name}`, {
    reason: 'required',
    location: { locationType: 'parameter', location: name },
  });
}

/** A part of the path, percent-decoded. */
export function pathParameter(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? '';
}

/**
 * The JSON object that a request sends; an empty one where it sends nothing.
 * @throws GoogleApiError INVALID_ARGUMENT for any other JSON
 */
export function jsonBody(request: FastifyRequest): JsonObject {
  const body = request.body ?? {};
  if (isJsonObject(body)) return body;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    'Invalid JSON payload received. Root element must be a message.',
    {
      reason: 'parseError',
    },
  );
}

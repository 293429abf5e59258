import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Method, methodKey, readMethods } from '../discovery/documents.ts';
import { camelCase, MessageReader, snakeCase, type Violation } from '../discovery/message.ts';
import { GoogleApiError } from './errors.ts';
import { SYSTEM_PARAMETERS } from './system-parameters.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The method that the route serves, where Google's discovery documents have it. */
    discovery?: Method;
  }
}

/**
 * Refuses what Google's methods do not have: query parameters and fields that they do not know, values of another type.
 * What passes reaches the handlers in one form, with names in camel case. Google does so before it looks at permissions.
 * Cloud Storage has no such check: it ignores what it does not know.
 */
export function addRequestCheck(app: FastifyInstance): void {
  const methods = readMethods();
  app.addHook('onRoute', (route) => {
    // Fastify adds HEAD to every GET.
    const method = route.method === 'HEAD' ? 'GET' : String(route.method);
    const discovery = methods.get(methodKey(method, route.url.replace('/run/:region/', '/run/')));
    if (discovery) route.config = { ...route.config, discovery };
  });
  app.addHook('preValidation', async (request) => {
    const { discovery } = request.routeOptions.config;
    if (discovery) checkRequest(request, discovery);
  });
}

function checkRequest(request: FastifyRequest, method: Method): void {
  const reader = new MessageReader(method.schemas);
  request.query = readQuery(reader, request.query as Record<string, unknown>, method);
  const { request: name } = method;
  if (name !== undefined) {
    // The body is either the whole request message, or the one field of it that bears the resource's name.
    // Some schemas bear their package before that, e.g. `GoogleCloudRunV2Service`.
    const isWhole = name.endsWith('Request');
    const field = isWhole ? '' : snakeCase(name.replace(/^Google\w*?V\d/, ''));
    const body = request.body ?? {};
    request.body = reader.read({ $ref: name }, isWhole ? withoutPathFields(body, method) : body, field);
  } else if (request.body !== undefined) {
    reader.read({ type: 'object', properties: {} }, request.body, '');
  }
  if (reader.violations.length > 0) throw badRequest(reader.violations);
}

/**
 * The request message without the fields that the path bears already. Go's libraries repeat them in the body; Google
 * takes the path's.
 */
function withoutPathFields(body: unknown, { path, request: name = '', schemas }: Method): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const own = schemas[name]?.properties ?? {};
  const isOfPath = (field: string, value: unknown) =>
    path.includes(field) && !Object.hasOwn(own, field) && typeof value === 'string';
  return Object.fromEntries(Object.entries(body).filter(([field, value]) => !isOfPath(field, value)));
}

/** The parameters of the method by their camel case names, and those that every method has. */
function readQuery(reader: MessageReader, query: Record<string, unknown>, { query: parameters }: Method) {
  const known = Object.entries(query).flatMap(([given, value]) => {
    if (SYSTEM_PARAMETERS.has(given)) return [[given, value] as const];
    // `options.requested_policy_version` too.
    const name = camelCase(given);
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (parameter) return [[name, readParameter(reader, parameter, name, value)] as const];
    const why = `Cannot bind query parameter. Field '${given}' could not be found in request message.`;
    return reader.unknown(given, '', why) ?? [];
  });
  return Object.fromEntries(known);
}

function readParameter(
  reader: MessageReader,
  { repeated = false, ...schema }: Method['query'][string],
  name: string,
  value: unknown,
): unknown {
  const values = [value].flat();
  // Handlers take what the address has, so a boolean stays the text that it is there.
  const typed = values.map((text) =>
    schema.type === 'boolean' && /^(true|false)$/i.test(String(text)) ? text === 'true' : text,
  );
  for (const item of typed) reader.read(schema, item === '' ? undefined : item, snakeCase(name));
  return repeated ? values : values.at(-1);
}

/** 400 with every violation, in the message and as google.rpc.BadRequest. */
function badRequest(violations: readonly Violation[]): GoogleApiError {
  const message = violations.map(({ description }) => description).join('\n');
  const fieldViolations = violations.map(({ field, description }) => ({
    ...(field !== '' && { field }),
    description,
  }));
  const details = [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations }];
  return new GoogleApiError('INVALID_ARGUMENT', message, { details });
}

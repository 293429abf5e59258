import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Principal } from '../iam/principal.ts';
import { ANONYMOUS } from '../iam/principal.ts';
import type { TokenFault } from '../iam/tokens.ts';
import { errorInfo, GoogleApiError, platformErrorBody, storageErrorBody } from './errors.ts';
import { NO_SCHEMAS } from './no-schemas.ts';
import { addPathNameCheck } from './path-names.ts';
import { addRequestCheck } from './request-check.ts';
import { addSystemParameters } from './system-parameters.ts';
import { canonicalUrl } from './urls.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, by the bearer token; anonymous without one. */
    principal: Principal;
  }
}

/** The largest request body, in bytes, but for uploads to Cloud Storage, which have a limit of their own. */
const BODY_LIMIT_BYTES = 40 * 1024 * 1024;

/** The longest name in a path, in characters: an object's may have 1,024 bytes, each of which takes three. */
const NAME_LIMIT_CHARACTERS = 8 * 1024;

/** Cloud Storage has errors of its own shape, and names with slashes in its paths. */
const STORAGE_URL = /^\/((upload|download)\/)?storage\//;

/** Tells whom an access token stands for, or what is wrong with it. */
export type Authenticate = (token: string) => Principal | TokenFault;

/** Is told of a request that no API of the local cloud serves, e.g. `GET`, `/compute/v1/projects/p`. */
export type OnNotEmulated = (method: string, path: string) => void;

/**
 * The HTTP server that all APIs share: addresses as the clients write them, bearer tokens, what Google refuses of any
 * request, partial answers, Google's error shapes. An address that no API serves is answered 404, never silently
 * accepted, and told of once.
 */
export function createServer(
  authenticate: Authenticate,
  onNotEmulated: OnNotEmulated = () => {},
): FastifyInstance {
  const app = Fastify({
    ...NO_SCHEMAS,
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: NAME_LIMIT_CHARACTERS },
    rewriteUrl: (request) => canonicalUrl(request.url ?? '/'),
    frameworkErrors: (error, request, reply) => sendError(error, request, reply),
  });
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request) => {
    request.principal = principalOf(request, authenticate);
  });
  // A deny policy is named by what it is attached to.
  addPathNameCheck(app, (url) => STORAGE_URL.test(url) || url.startsWith('/iam/v2/policies/'));
  addSystemParameters(app);
  addRequestCheck(app);
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => parseJson(body),
  );
  const told = new Set<string>();
  app.setNotFoundHandler(({ method, url }) => {
    const [path = url] = url.split('?');
    if (!told.has(`${method} ${path}`)) onNotEmulated(method, path);
    told.add(`${method} ${path}`);
    throw new GoogleApiError(
      'NOT_FOUND',
      `The requested URL ${path} (${method}) was not found on this server: the local cloud does not emulate it.`,
    );
  });
  app.setErrorHandler<FastifyError | GoogleApiError>(async (error, request, reply) =>
    sendError(error, request, reply),
  );
  return app;
}

function sendError(
  error: FastifyError | GoogleApiError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const failure = error instanceof GoogleApiError ? error : ofFastify(error, request);
  const body = STORAGE_URL.test(request.url) ? storageErrorBody(failure) : platformErrorBody(failure);
  return reply.code(failure.code).send(body);
}

function principalOf(request: FastifyRequest, authenticate: Authenticate): Principal {
  const header = request.headers.authorization;
  if (header === undefined) return ANONYMOUS;
  const [scheme, token] = header.split(' ');
  const principal = scheme?.toLowerCase() === 'bearer' && token ? authenticate(token) : 'invalid';
  if (typeof principal === 'object') return principal;
  const reason = principal === 'expired' ? 'ACCESS_TOKEN_EXPIRED' : 'ACCESS_TOKEN_TYPE_UNSUPPORTED';
  throw unauthenticated('Request had invalid authentication credentials.', reason);
}

/** The 401 of Google's APIs, in their words. */
export function unauthenticated(why: string, reason: string): GoogleApiError {
  return new GoogleApiError(
    'UNAUTHENTICATED',
    `${why} Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.`,
    { details: [errorInfo(reason, 'googleapis.com', {})] },
  );
}

/**
 * Reads a JSON body; undefined for an empty one.
 * @throws GoogleApiError INVALID_ARGUMENT with the parser's own words, but not the client's: they may be a secret
 */
export function parseJson(body: string): unknown {
  if (body.trim() === '') return undefined;
  try {
    return /__proto__|\\u/.test(body) ? JSON.parse(body, withoutPrototype) : JSON.parse(body);
  } catch (cause) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Invalid JSON payload received. ${withoutQuote((cause as Error).message)}`,
      { reason: 'parseError' },
    );
  }
}

/** A field of this name, however it is escaped, would be a prototype to whoever merges objects. */
function withoutPrototype(name: string, value: unknown): unknown {
  return name === '__proto__' ? undefined : value;
}

/** A parser's message without the piece of the text that it quotes. */
function withoutQuote(message: string): string {
  return message.replace(/, (\.{3})?".*"(\.{3})? is not valid JSON$/s, ' is not valid JSON');
}

function ofFastify(error: FastifyError, { routeOptions }: FastifyRequest): GoogleApiError {
  if (error.statusCode === 413) {
    const limit = routeOptions?.bodyLimit ?? BODY_LIMIT_BYTES;
    return new GoogleApiError('INVALID_ARGUMENT', `Request payload size exceeds the limit: ${limit} bytes.`, {
      code: 413,
      reason: 'uploadTooLarge',
    });
  }
  if (error.statusCode && error.statusCode < 500)
    return new GoogleApiError('INVALID_ARGUMENT', error.message);
  return new GoogleApiError('INTERNAL', `Internal error of the local cloud: ${error.stack ?? error.message}`);
}

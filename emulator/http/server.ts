import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Principal } from '../iam/principal.ts';
import { ANONYMOUS } from '../iam/principal.ts';
import type { TokenFault } from '../iam/tokens.ts';
import { errorInfo, GoogleApiError, platformErrorBody, storageErrorBody } from './errors.ts';
import { canonicalUrl } from './urls.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, by the bearer token; anonymous without one. */
    principal: Principal;
  }
}

/** The largest request body, in bytes: a multipart upload of a 32 MiB object fits. */
const BODY_LIMIT_BYTES = 40 * 1024 * 1024;

/** Tells whom an access token stands for, or what is wrong with it. */
export type Authenticate = (token: string) => Principal | TokenFault;

/**
 * The HTTP server that all APIs share: addresses as the clients write them, bearer tokens, Google's error shapes.
 * An address that no API serves is answered 404 and never silently accepted.
 */
export function createServer(authenticate: Authenticate): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1024 },
    rewriteUrl: (request) => canonicalUrl(request.url ?? '/'),
  });
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request) => {
    request.principal = principalOf(request, authenticate);
  });
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => parseJson(body),
  );
  app.setNotFoundHandler((request) => {
    throw new GoogleApiError(
      'NOT_FOUND',
      `The requested URL ${request.url.split('?')[0]} (${request.method}) was not found on this server: the local cloud does not emulate it.`,
    );
  });
  app.setErrorHandler(async (error: FastifyError | GoogleApiError, request, reply) => {
    const failure = error instanceof GoogleApiError ? error : ofFastify(error);
    const isStorage = /^\/((upload|download)\/)?storage\//.test(request.url);
    return reply.code(failure.code).send(isStorage ? storageErrorBody(failure) : platformErrorBody(failure));
  });
  return app;
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
 * @throws GoogleApiError INVALID_ARGUMENT with the parser's own words
 */
export function parseJson(body: string): unknown {
  if (body.trim() === '') return undefined;
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Invalid JSON payload received. ${(cause as Error).message}`,
      {
        reason: 'parseError',
      },
    );
  }
}

function ofFastify(error: FastifyError): GoogleApiError {
  if (error.statusCode === 413) {
    return new GoogleApiError('INVALID_ARGUMENT', 'Request payload size exceeds the limit.', {
      code: 413,
      reason: 'uploadTooLarge',
    });
  }
  if (error.statusCode && error.statusCode < 500)
    return new GoogleApiError('INVALID_ARGUMENT', error.message);
  return new GoogleApiError('INTERNAL', `Internal error of the local cloud: ${error.stack ?? error.message}`);
}

import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { NO_SCHEMAS } from '../http/no-schemas.ts';
import { ANONYMOUS, type Principal } from '../iam/principal.ts';
import { isAllowed, permissionOf } from './access.ts';
import { accessReview, readAccessReview } from './access-review.ts';
import type { Cluster } from './cluster.ts';
import {
  AGGREGATED,
  aggregatedDiscovery,
  apiGroup,
  apiGroups,
  apiResources,
  apiVersions,
  openApiDocument,
  openApiRoot,
  VERSION,
} from './discovery.ts';
import { KubernetesError } from './errors.ts';
import { KINDS } from './kinds.ts';
import { addObjectRoutes } from './object-routes.ts';
import type { Fields } from './objects.ts';

const JSON_TYPES = [
  'application/json',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

/**
 * The API server of the local cluster: as much of it as Terraform's Kubernetes provider and kubectl ask. Tokens are
 * those of the local cloud, and what they may do is decided by its IAM.
 */
export function createApiServer(cluster: Cluster): FastifyInstance {
  const app = Fastify({
    ...NO_SCHEMAS,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request) => {
    request.principal = principalOf(cluster, request);
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    JSON_TYPES,
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => parseJson(body),
  );
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => body,
  );
  app.setErrorHandler(async (error: Error, _request, reply) => sendError(error, reply));
  app.setNotFoundHandler((_request, reply) =>
    sendError(new KubernetesError('NotFound', 'the server could not find the requested resource'), reply),
  );
  addDiscoveryRoutes(app);
  addReviewRoute(app, cluster);
  addObjectRoutes(app, cluster);
  return app;
}

function addDiscoveryRoutes(app: FastifyInstance): void {
  for (const path of ['/healthz', '/livez', '/readyz']) app.get(path, async () => 'ok');
  app.get('/version', async () => VERSION);
  app.get('/api', async (request, reply) =>
    discovered(request, reply, true, () => apiVersions(request.host)),
  );
  app.get('/apis', async (request, reply) => discovered(request, reply, false, apiGroups));
  app.get('/api/v1', async () => apiResources('', 'v1'));
  app.get<{ Params: { group: string } }>('/apis/:group', async ({ params }) => found(apiGroup(params.group)));
  app.get<{ Params: { group: string; version: string } }>('/apis/:group/:version', async ({ params }) =>
    found(apiResources(params.group, params.version)),
  );
  // An empty document, in protobuf: of a list of objects kubectl asks it, and checks no kind that it does not have.
  app.get('/openapi/v2', async (_request, reply) =>
    reply.type('application/com.github.proto-openapi.spec.v2.v1.0+protobuf').send(Buffer.alloc(0)),
  );
  app.get('/openapi/v3', async () => openApiRoot());
  app.get<{ Params: { '*': string } }>('/openapi/v3/*', async ({ params }) =>
    found(openApiDocument(params['*'])),
  );
}

function discovered(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  isCore: boolean,
  alone: () => Fields,
): FastifyReply {
  const { accept = '' } = headers;
  if (!accept.includes(AGGREGATED)) return reply.send(alone());
  // Past Fastify, which would write the parameters of the media type in another way.
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': AGGREGATED });
  reply.raw.end(JSON.stringify(aggregatedDiscovery(isCore)));
  return reply;
}

function found(answer: Fields | undefined): Fields {
  if (answer) return answer;
  throw new KubernetesError('NotFound', 'the server could not find the requested resource');
}

function addReviewRoute(app: FastifyInstance, { state }: Cluster): void {
  app.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', async ({ body, principal }, reply) => {
    const attributes = readAccessReview(body);
    const kind = KINDS.find(
      ({ plural, group }) => plural === attributes.resource && group === attributes.group,
    );
    const { verb, subresource } = attributes;
    const attempt = kind && { principal, kind, verb, subresource: subresource || undefined };
    return reply
      .code(201)
      .send(
        accessReview(
          attributes,
          attempt !== undefined && isAllowed(state, attempt),
          attempt ? permissionOf(attempt) : `container.${attributes.resource}.${verb}`,
        ),
      );
  });
}

function principalOf({ authenticate }: Cluster, { headers }: FastifyRequest): Principal {
  const { authorization } = headers;
  if (authorization === undefined) return ANONYMOUS;
  const token = /^bearer (.+)$/i.exec(authorization)?.[1];
  const principal = token === undefined ? 'invalid' : authenticate(token);
  if (typeof principal === 'object') return principal;
  throw new KubernetesError('Unauthorized', 'Unauthorized');
}

function parseJson(body: string): unknown {
  if (body.trim() === '') return undefined;
  try {
    return JSON.parse(body, (name, value) => (name === '__proto__' ? undefined : value));
  } catch {
    throw new KubernetesError(
      'BadRequest',
      'the body of the request was in an unknown format - accepted media types include: application/json',
    );
  }
}

function sendError(error: Error, reply: FastifyReply): FastifyReply {
  const failure =
    error instanceof KubernetesError
      ? error
      : new KubernetesError(
          'InternalError',
          `Internal error of the local cluster: ${error.stack ?? error.message}`,
        );
  return reply.code(failure.code).send(failure.toStatus());
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { APIS } from './apis.ts';
import { pageOf } from './http/paging.ts';
import { addPolicyRoutes } from './iam/policy-routes.ts';
import { secretBody, versionBody } from './secret-manager/bodies.ts';
import { SecretStore, secretResource } from './secret-manager/secret-store.ts';
import { type CloudState, projectIdOf, projectResource, requirePermission, requireService } from './state.ts';

interface Path {
  readonly project: string;
  readonly secret: string;
  readonly version: string;
}
interface Route {
  Params: Path;
  Querystring: { secretId?: string; pageSize?: string; pageToken?: string };
  Body: { payload?: { data?: string; dataCrc32c?: string }; labels?: Record<string, string> } | undefined;
}

const SECRETS = '/secretmanager/v1/projects/:project/secrets';
const SECRET = `${SECRETS}/:secret([^:/]+)`;
const VERSIONS = `${SECRET}/versions`;
const VERSION = `${VERSIONS}/:version([^:/]+)`;

/** Secret Manager v1: secrets, versions, access, IAM (https://cloud.google.com/secret-manager/docs/reference/rest). */
export function secretManagerApi(state: CloudState) {
  const store = new SecretStore(state);
  state.persistent.set('secretmanager', store);

  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async () => requireService(state, APIS.secretManager));

    app.post<Route>(SECRETS, async (request) => {
      const project = projectIdOf(state, request.params.project);
      requirePermission(state, request, 'secretmanager.secrets.create', projectResource(project));
      return secretBody(store.create(request.query.secretId ?? '', request.body ?? {}));
    });
    app.get<Route>(SECRETS, async (request) => {
      const project = projectIdOf(state, request.params.project);
      requirePermission(state, request, 'secretmanager.secrets.list', projectResource(project));
      const { items, nextPageToken } = pageOf(store.list(), request.query);
      return { secrets: items.map(secretBody), nextPageToken, totalSize: store.list().length };
    });
    app.get<Route>(SECRET, async (request) => secretBody(store.get(demand('secrets.get', request))));
    app.delete<Route>(SECRET, async (request) => {
      store.delete(demand('secrets.delete', request));
      return {};
    });
    app.post<Route>(`${SECRET}::addVersion`, async (request) => {
      const name = demand('versions.add', request);
      return versionBody(store.get(name), store.addVersion(name, request.body?.payload ?? {}));
    });
    app.get<Route>(VERSIONS, async (request) => {
      const secret = store.get(demand('versions.list', request));
      const newestFirst = secret.versions.toReversed().map((version) => versionBody(secret, version));
      const { items, nextPageToken } = pageOf(newestFirst, request.query);
      return { versions: items, nextPageToken, totalSize: newestFirst.length };
    });
    app.get<Route>(VERSION, async (request) => {
      const name = demand('versions.get', request);
      return versionBody(store.get(name), store.version(name, request.params.version));
    });
    app.get<Route>(`${VERSION}::access`, async (request) =>
      store.access(demand('versions.access', request), request.params.version),
    );
    for (const verb of ['enable', 'disable', 'destroy'] as const) {
      app.post<Route>(`${VERSION}::${verb}`, async (request) => {
        const name = demand(`versions.${verb}`, request);
        return versionBody(store.get(name), store.change(name, request.params.version, verb));
      });
    }
    addPolicyRoutes(app, state, {
      path: SECRET,
      readBy: 'GET',
      permissions: 'secretmanager.secrets',
      resourceOf: ({ params }) => secretResource(state, nameOf(params as Path)),
      mustExist: ({ params }) => store.get(nameOf(params as Path)),
    });
  };

  /** Demands `secretmanager.${permission}` on the secret that the path names. @returns the secret's name */
  function demand(permission: string, request: FastifyRequest): string {
    const name = nameOf(request.params as Path);
    requirePermission(state, request, `secretmanager.${permission}`, secretResource(state, name));
    return name;
  }

  function nameOf({ project, secret }: Path): string {
    return `projects/${projectIdOf(state, project)}/secrets/${secret}`;
  }
}

import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { APIS } from './apis.ts';
import { GoogleApiError } from './http/errors.ts';
import { type PageQuery, pageOf } from './http/paging.ts';
import type { Resource } from './iam/authorizer.ts';
import { addPolicyRoutes } from './iam/policy-routes.ts';
import { type CloudState, projectResource, requirePermission, requireService } from './state.ts';

const SERVICE = 'artifactregistry.googleapis.com';
const TYPES = 'type.googleapis.com/google.devtools.artifactregistry.v1';

/** What of a repository no update changes. */
const FIXED = ['name', 'format', 'mode', 'createTime', 'updateTime', 'registryUri'];

interface LocationParams {
  project: string;
  location: string;
}

interface RepositoryParams extends LocationParams {
  repository: string;
}

interface Repository {
  readonly name: string;
  readonly createTime: string;
  updateTime: string;
  readonly [field: string]: unknown;
}

/** Artifact Registry v1 as far as repositories go (https://cloud.google.com/artifact-registry/docs/reference/rest). */
export function artifactRegistryApi(state: CloudState) {
  let repositories = new Map<string, Repository>();
  state.persistent.set('artifactregistry', {
    save: () => repositories,
    load: (saved: Map<string, Repository>) => {
      repositories = saved;
    },
  });

  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async () => requireService(state, APIS.artifactRegistry));
    const base = '/artifactregistry/v1/projects/:project/locations/:location';
    const path = `${base}/repositories/:repository([^:/]+)`;

    app.post<{ Params: LocationParams; Querystring: Record<string, string>; Body: object | undefined }>(
      `${base}/repositories`,
      async (request) => {
        const { project, location } = request.params;
        requirePermission(state, request, 'artifactregistry.repositories.create', projectResource(project));
        const id = request.query.repositoryId ?? request.query.repository_id ?? '';
        return operation(
          request.params,
          create(`projects/${project}/locations/${location}`, id, request.body ?? {}),
        );
      },
    );

    app.get<{ Params: LocationParams; Querystring: PageQuery }>(`${base}/repositories`, async (request) => {
      const { project, location } = request.params;
      requirePermission(state, request, 'artifactregistry.repositories.list', projectResource(project));
      const parent = `projects/${project}/locations/${location}/repositories/`;
      const found = [...repositories.values()].filter(({ name }) => name.startsWith(parent));
      const { items, nextPageToken } = pageOf(found, request.query);
      return { repositories: items, nextPageToken };
    });

    app.get<{ Params: RepositoryParams }>(path, async (request) => {
      requirePermission(state, request, 'artifactregistry.repositories.get', resourceOf(request.params));
      return find(request.params);
    });

    app.patch<{
      Params: RepositoryParams;
      Querystring: { updateMask?: string };
      Body: Record<string, unknown>;
    }>(path, async (request) => {
      requirePermission(state, request, 'artifactregistry.repositories.update', resourceOf(request.params));
      const repository = find(request.params);
      const masked = request.query.updateMask?.split(',') ?? Object.keys(request.body);
      const fields = masked.filter((field) => !FIXED.includes(field));
      const changes = Object.fromEntries(fields.map((field) => [field, request.body[field]]));
      const updated = { ...repository, ...changes, updateTime: state.now().toISOString() };
      repositories.set(repository.name, updated);
      return updated;
    });

    app.delete<{ Params: RepositoryParams }>(path, async (request) => {
      requirePermission(state, request, 'artifactregistry.repositories.delete', resourceOf(request.params));
      const { name } = find(request.params);
      repositories.delete(name);
      state.authorizer.remove(name);
      return operation(request.params, { '@type': 'type.googleapis.com/google.protobuf.Empty' });
    });

    addPolicyRoutes(app, state, {
      path,
      readBy: 'GET',
      permissions: 'artifactregistry.repositories',
      resourceOf: (request) => resourceOf(request.params as RepositoryParams),
      mustExist: (request) => find(request.params as RepositoryParams),
    });
  };

  function create(parent: string, id: string, body: object): Record<string, unknown> {
    if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(id)) {
      throw new GoogleApiError(
        'INVALID_ARGUMENT',
        `Invalid repository ID "${id}": up to 63 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen.`,
      );
    }
    const name = `${parent}/repositories/${id}`;
    if (repositories.has(name)) throw new GoogleApiError('ALREADY_EXISTS', 'the repository already exists');
    const time = state.now().toISOString();
    const [, project, , location] = parent.split('/');
    const repository: Repository = {
      ...body,
      name,
      createTime: time,
      updateTime: time,
      vulnerabilityScanningConfig: {
        lastEnableTime: time,
        enablementState: 'SCANNING_DISABLED',
        enablementStateReason: 'API containerscanning.googleapis.com is not enabled.',
      },
      satisfiesPzi: true,
      registryUri: `${location}-docker.pkg.dev/${project}/${id}`,
    };
    repositories.set(name, repository);
    state.authorizer.add(name);
    return { '@type': `${TYPES}.Repository`, ...repository };
  }

  function find(params: RepositoryParams): Repository {
    const repository = repositories.get(nameOf(params));
    if (!repository)
      throw new GoogleApiError('NOT_FOUND', `Requested entity was not found: "${nameOf(params)}".`);
    return repository;
  }
}

function nameOf({ project, location, repository }: RepositoryParams): string {
  return `projects/${project}/locations/${location}/repositories/${repository}`;
}

function resourceOf(params: RepositoryParams): Resource {
  const name = nameOf(params);
  const policies = [name, `projects/${params.project}`];
  return { name, type: `${SERVICE}/Repository`, service: SERVICE, policies };
}

function operation({ project, location }: LocationParams, response: object) {
  const name = `projects/${project}/locations/${location}/operations/${randomUUID()}`;
  return { name, metadata: { '@type': `${TYPES}.OperationMetadata` }, done: true, response };
}

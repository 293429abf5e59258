import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { APIS } from './apis.ts';
import { GoogleApiError } from './http/errors.ts';
import { type PageQuery, pageOf } from './http/paging.ts';
import { type Images, repositoryOf } from './run/images.ts';
import { STAND_IN } from './run/stand-in.ts';
import { type CloudState, projectResource, requirePermission, requireService } from './state.ts';

interface ProjectParams {
  readonly project: string;
  readonly location?: string;
}

interface BuildParams extends ProjectParams {
  readonly build: string;
}

/** What of the request the stand-in looks at; the rest is given back. */
interface BuildInput {
  readonly images?: readonly string[];
  readonly substitutions?: Readonly<Record<string, string>>;
  readonly options?: object;
  readonly [field: string]: unknown;
}

interface Build extends BuildInput {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
}

const METADATA = 'type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata';
const BUILD = 'type.googleapis.com/google.devtools.cloudbuild.v1.Build';

/**
 * Cloud Build v1 as far as a stand-in goes (https://cloud.google.com/build/docs/api/reference/rest): a build is done when
 * it is answered and nothing was built. Its images can be deployed: what the local cloud knows for them runs, else what
 * answers 200 to everything. Each build says so in its warnings, which gcloud prints.
 */
export function cloudBuildApi(state: CloudState, images: Images) {
  let builds = new Map<string, Build>();
  state.persistent.set('cloudbuild', {
    save: () => builds,
    load: (saved: Map<string, Build>) => {
      builds = saved;
      for (const build of builds.values()) imagesOf(build).forEach(register);
    },
  });

  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async () => requireService(state, APIS.cloudBuild));
    for (const base of [
      '/cloudbuild/v1/projects/:project/builds',
      '/cloudbuild/v1/projects/:project/locations/:location/builds',
    ]) {
      app.post<{ Params: ProjectParams; Body: BuildInput | undefined }>(base, async (request) => {
        const { project } = request.params;
        requirePermission(state, request, 'cloudbuild.builds.create', projectResource(project));
        const build = create(request.params, request.body ?? {});
        builds.set(build.name, build);
        return {
          name: `operations/build/${project}/${Buffer.from(build.id).toString('base64')}`,
          metadata: { '@type': METADATA, build },
          done: true,
          response: { '@type': BUILD, ...build },
        };
      });

      app.get<{ Params: ProjectParams; Querystring: PageQuery & { filter?: string } }>(
        base,
        async (request) => {
          requirePermission(
            state,
            request,
            'cloudbuild.builds.list',
            projectResource(request.params.project),
          );
          if (request.query.filter) {
            throw new GoogleApiError('INVALID_ARGUMENT', 'The local cloud lists builds without a filter.');
          }
          const parent = parentOf(request.params);
          const found = [...builds.values()].filter(({ name }) => name.startsWith(parent)).reverse();
          const { items, nextPageToken } = pageOf(found, request.query);
          return { builds: items, nextPageToken };
        },
      );

      app.get<{ Params: BuildParams }>(`${base}/:build([^:/]+)`, async (request) => {
        requirePermission(state, request, 'cloudbuild.builds.get', projectResource(request.params.project));
        const build = builds.get(parentOf(request.params) + request.params.build);
        if (build) return build;
        throw new GoogleApiError('NOT_FOUND', 'Requested entity was not found.');
      });
    }
  };

  function create(params: ProjectParams, input: BuildInput): Build {
    const id = randomUUID();
    const time = state.now().toISOString();
    const asked = { ...input, id, name: parentOf(params) + id, projectId: params.project };
    const built = imagesOf(asked);
    built.forEach(register);
    return {
      ...asked,
      status: 'SUCCESS',
      createTime: time,
      startTime: time,
      finishTime: time,
      results: { images: [] },
      // There is no log that a client could follow.
      options: { ...input.options, logging: 'NONE' },
      warnings: [{ priority: 'ALERT', text: warning(built) }],
    };
  }

  function register(image: string): void {
    if (!images.resolve(image)) images.set(repositoryOf(image), STAND_IN);
  }

  function warning(built: readonly string[]): string {
    const told = 'The local cloud builds nothing: no source was read, no step was run and there is no log.';
    const deployed = built.map((image) =>
      images.resolve(image) === STAND_IN
        ? `${image} is a stand-in that answers 200 to everything.`
        : `${image} is what the local cloud was started with for it.`,
    );
    return [told, ...deployed].join(' ');
  }
}

/** The images that a build is to push, with its substitutions put in. */
function imagesOf({ images = [], substitutions = {}, id, projectId }: Build): readonly string[] {
  const values: Readonly<Record<string, string>> = { ...substitutions, PROJECT_ID: projectId, BUILD_ID: id };
  return images.map((image) =>
    image.replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced, bare) => values[braced ?? bare] ?? all),
  );
}

function parentOf({ project, location = 'global' }: ProjectParams): string {
  return `projects/${project}/locations/${location}/builds/`;
}

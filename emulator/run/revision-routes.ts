import type { FastifyInstance } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { pageOf } from '../http/paging.ts';
import { type CloudState, projectIdOf, projectResource, requirePermission } from '../state.ts';
import type { Revision } from './revision.ts';
import type { Service } from './service.ts';
import type { Services } from './services.ts';
import { conditionsV2 } from './v2-bodies.ts';
import { toV2Template } from './v2-from-knative.ts';

const SERVICE_LABEL = 'serving.knative.dev/service';

interface V1Route {
  Params: { project: string; name: string };
  Querystring: { labelSelector?: string };
}

interface V2Route {
  Params: { project: string; location: string; name: string; revision: string };
  Querystring: { pageSize?: string; pageToken?: string };
}

interface Found {
  readonly service: Service;
  readonly revision: Revision;
}

/** The revisions of services, as both versions of the API have them. They can be read; a deleted one would come back. */
export function addRevisionRoutes(app: FastifyInstance, state: CloudState, services: Services): void {
  const demand = (request: Parameters<typeof requirePermission>[1], verb: 'get' | 'list', project: string) =>
    requirePermission(state, request, `run.revisions.${verb}`, projectResource(projectIdOf(state, project)));
  const all = (): Found[] =>
    services.all().flatMap((service) => service.revisions.map((revision) => ({ service, revision })));

  // A revision's name is not used twice, so all regions are looked through.
  for (const prefix of ['/run', '/run/:region']) {
    const v1 = `${prefix}/apis/serving.knative.dev/v1/namespaces/:project/revisions`;
    app.get<V1Route>(v1, async (request) => {
      demand(request, 'list', request.params.project);
      const fits = selector(request.query.labelSelector ?? '');
      const items = all()
        .map((found) => revisionBody(state, found))
        .filter(({ metadata }) => fits(metadata.labels));
      // gcloud takes the first for the newest.
      return { apiVersion: 'serving.knative.dev/v1', kind: 'RevisionList', items: items.reverse() };
    });
    app.get<V1Route>(`${v1}/:name`, async (request) => {
      const { project, name } = request.params;
      demand(request, 'get', project);
      return revisionBody(state, existing(all(), name));
    });
  }

  const v2 = '/run/v2/projects/:project/locations/:location/services/:name/revisions';
  app.get<V2Route>(v2, async (request) => {
    const { project, name } = request.params;
    demand(request, 'list', project);
    const ofService = all().filter(({ service }) => name === '-' || service.input.metadata.name === name);
    const { items, nextPageToken } = pageOf(ofService.reverse(), request.query);
    return { revisions: items.map(revisionV2Body), nextPageToken };
  });
  app.get<V2Route>(`${v2}/:revision`, async (request) => {
    const { project, revision } = request.params;
    demand(request, 'get', project);
    return revisionV2Body(existing(all(), revision));
  });
}

function existing(all: readonly Found[], name: string): Found {
  const found = all.find(({ revision }) => revision.name === name);
  if (found) return found;
  throw new GoogleApiError('NOT_FOUND', `Revision '${name}' could not be found.`);
}

/** https://cloud.google.com/run/docs/reference/rest/v1/namespaces.revisions#Revision */
function revisionBody(state: CloudState, { service, revision }: Found) {
  const { metadata = {}, spec } = revision.template;
  const { failure, isReady, createTime: lastTransitionTime } = revision;
  const ready = failure
    ? { status: 'False', ...failure }
    : isReady
      ? { status: 'True' }
      : { status: 'Unknown', reason: 'Deploying' };
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Revision',
    metadata: {
      name: revision.name,
      namespace: state.project.projectNumber,
      uid: revision.uid,
      generation: 1,
      creationTimestamp: revision.createTime,
      labels: { ...metadata.labels, [SERVICE_LABEL]: service.input.metadata.name },
      annotations: { ...metadata.annotations, 'serving.knative.dev/creator': service.creator },
    },
    spec,
    status: {
      observedGeneration: 1,
      conditions: [{ type: 'Ready', lastTransitionTime, ...ready }],
      imageDigest: spec.containers[0].image,
    },
  };
}

/** https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services.revisions#Revision */
function revisionV2Body({ service, revision }: Found) {
  const { revision: _, ...template } = toV2Template(revision.template);
  return {
    ...template,
    name: `${service.resource.name}/revisions/${revision.name}`,
    uid: revision.uid,
    generation: '1',
    createTime: revision.createTime,
    service: service.input.metadata.name,
    conditions: conditionsV2({
      failure: revision.failure,
      deploying: !revision.isReady && !revision.failure,
      transitionTime: revision.createTime,
    }),
  };
}

/** Kubernetes' selectors by equality: `a=b,c=d`. */
function selector(text: string): (labels: Readonly<Record<string, string>>) => boolean {
  const terms = text.split(',').filter(Boolean);
  return (labels) =>
    terms.every((term) => {
      const [, key = '', value] = /^\s*([^=!\s]+)\s*={1,2}\s*(\S*)\s*$/.exec(term) ?? [];
      return labels[key] === value;
    });
}

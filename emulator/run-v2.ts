import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { APIS } from './apis.ts';
import { GoogleApiError } from './http/errors.ts';
import type { Service } from './run/service.ts';
import { addServicePolicyRoutes } from './run/service-policy-routes.ts';
import type { Services } from './run/services.ts';
import { serviceV2Body } from './run/v2-bodies.ts';
import type { ServiceV2Input } from './run/v2-fields.ts';
import { toV2 } from './run/v2-from-knative.ts';
import { toKnative } from './run/v2-to-knative.ts';
import { type CloudState, requireService } from './state.ts';

const TYPE = { '@type': 'type.googleapis.com/google.cloud.run.v2.Service' };

interface LocationParams {
  project: string;
  location: string;
}

interface NameRoute {
  Params: LocationParams & { name: string };
  Querystring: { updateMask?: string };
  Body: ServiceV2Input | undefined;
}

/** Cloud Run v2 (https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services). */
export function runV2Api(state: CloudState, services: Services) {
  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async () => requireService(state, APIS.run));
    const base = '/run/v2/projects/:project/locations/:location/services';
    const path = `${base}/:name([^:/]+)`;

    app.post<{
      Params: LocationParams;
      Querystring: { serviceId?: string };
      Body: ServiceV2Input | undefined;
    }>(base, async (request) => {
      const knative = toKnative(request.query.serviceId ?? '', request.body ?? {});
      const service = await services.create(request, request.params, knative);
      return finished(request.params, service);
    });

    app.get<{ Params: LocationParams }>(base, async (request) => {
      const found = services.list(request, request.params.project, request.params.location);
      return { services: found.map(serviceV2Body) };
    });

    app.get<NameRoute>(path, async (request) => {
      return serviceV2Body(services.get(request, request.params));
    });

    app.patch<NameRoute>(path, async (request) => {
      const current = services.get(request, request.params);
      const body = masked(toV2(current.input), request.body ?? {}, request.query.updateMask);
      return finished(
        request.params,
        services.replace(request, request.params, toKnative(request.params.name, body)),
      );
    });

    app.delete<NameRoute>(path, async (request) => {
      const service = await services.delete(request, request.params);
      return operation(request.params, { response: { ...TYPE, ...serviceV2Body(service) } });
    });

    addServicePolicyRoutes(app, state, services, path);

    // Every operation is answered when it is done, so there is none to ask for later.
    app.get('/run/v2/projects/:project/locations/:location/operations/:id', async () => {
      throw new GoogleApiError('NOT_FOUND', 'The operation was answered as done; it is not kept.');
    });
  };

  /** The operation of a write, once the revision serves or has failed. */
  async function finished(params: LocationParams, service: Service) {
    await service.rollout.settled();
    const { failure } = service.rollout;
    if (failure) return operation(params, { error: { code: 9, message: failure.message } });
    return operation(params, { response: { ...TYPE, ...serviceV2Body(service) } });
  }
}

function operation({ project, location }: LocationParams, outcome: object) {
  const name = `projects/${project}/locations/${location}/operations/${randomUUID()}`;
  return { name, metadata: TYPE, done: true, ...outcome };
}

/** What is written when the mask names the fields to take from the request; without a mask it is all of them. */
function masked(
  current: ServiceV2Input,
  sent: ServiceV2Input,
  updateMask: string | undefined,
): ServiceV2Input {
  if (!updateMask || updateMask === '*') return sent;
  const topLevel = new Set(updateMask.split(',').map((field) => field.split('.')[0] ?? field));
  const taken = Object.entries(sent).filter(([field]) => topLevel.has(field));
  return { ...current, ...Object.fromEntries(taken) };
}

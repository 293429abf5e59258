import type { FastifyInstance } from 'fastify';
import { APIS } from './apis.ts';
import { serviceBody } from './run/bodies.ts';
import { addOperationRoutes } from './run/operations.ts';
import { addRevisionRoutes } from './run/revision-routes.ts';
import type { Service } from './run/service.ts';
import { addServicePolicyRoutes } from './run/service-policy-routes.ts';
import type { Services } from './run/services.ts';
import { type CloudState, requireService } from './state.ts';

interface ProjectRoute {
  Params: { project: string; region?: string };
}

interface NameRoute {
  Params: { project: string; region?: string; name: string };
}

/** Cloud Run v1, the Knative-shaped API (https://cloud.google.com/run/docs/reference/rest/v1). */
export function runApi(state: CloudState, services: Services) {
  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async () => requireService(state, APIS.run));
    // gcloud and Terraform name the region before; without one it is the local cloud's.
    for (const prefix of ['/run', '/run/:region']) {
      addServiceRoutes(app, `${prefix}/apis/serving.knative.dev/v1/namespaces/:project/services`);
    }
    // How gcloud lists the services of all regions: it names the location `-`.
    app.get<{ Params: { project: string; location: string } }>(
      '/run/v1/projects/:project/locations/:location/services',
      async (request) => list(services.list(request, request.params.project, request.params.location)),
    );
    addOperationRoutes(app, state, services);
    addRevisionRoutes(app, state, services);
    addServicePolicyRoutes(
      app,
      state,
      services,
      '/run/v1/projects/:project/locations/:location/services/:name([^:/]+)',
    );
  };

  function addServiceRoutes(app: FastifyInstance, base: string) {
    app.post<ProjectRoute>(base, async (request) => {
      const service = await services.create(request, located(request.params), request.body);
      return serviceBody(state, service, false);
    });
    app.get<ProjectRoute>(base, async (request) =>
      list(services.list(request, request.params.project, request.params.region)),
    );
    app.get<NameRoute>(`${base}/:name`, async (request) =>
      serviceBody(state, services.get(request, located(request.params)), true),
    );
    app.put<NameRoute>(`${base}/:name`, async (request) =>
      serviceBody(state, services.replace(request, located(request.params), request.body), false),
    );
    app.delete<NameRoute>(`${base}/:name`, async (request) => {
      const { name } = request.params;
      await services.delete(request, located(request.params));
      const details = { name, group: 'serving.knative.dev', kind: 'services' };
      return { apiVersion: 'v1', kind: 'Status', status: 'Success', details };
    });
  }

  function list(found: readonly Service[]) {
    const items = found.map((service) => serviceBody(state, service, true));
    return { apiVersion: 'serving.knative.dev/v1', kind: 'ServiceList', items };
  }
}

function located<Params extends { region?: string }>({ region, ...params }: Params) {
  return { ...params, location: region };
}

import type { FastifyInstance } from 'fastify';
import { APIS } from './apis.ts';
import { serviceBody } from './run/bodies.ts';
import { addOperationRoutes } from './run/operations.ts';
import { addRevisionRoutes } from './run/revision-routes.ts';
import { addServicePolicyRoutes } from './run/service-policy-routes.ts';
import type { Services } from './run/services.ts';
import { type CloudState, requireService } from './state.ts';

interface ProjectRoute {
  Params: { project: string };
}

interface NameRoute {
  Params: { project: string; name: string };
}

/** Cloud Run v1, the Knative-shaped API (https://cloud.google.com/run/docs/reference/rest/v1). */
export function runApi(state: CloudState, services: Services) {
  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async () => requireService(state, APIS.run));
    const base = '/run/apis/serving.knative.dev/v1/namespaces/:project/services';

    app.post<ProjectRoute>(base, async (request) => {
      const service = await services.create(request, request.params.project, request.body);
      return serviceBody(state, service, false);
    });

    // The second is how gcloud lists the services of all regions: it names the location `-`.
    for (const url of [base, '/run/v1/projects/:project/locations/:location/services']) {
      app.get<ProjectRoute>(url, async (request) => {
        const items = services.list(request, request.params.project);
        return {
          apiVersion: 'serving.knative.dev/v1',
          kind: 'ServiceList',
          items: items.map((service) => serviceBody(state, service, true)),
        };
      });
    }

    app.get<NameRoute>(`${base}/:name`, async (request) => {
      const { project, name } = request.params;
      return serviceBody(state, services.get(request, project, name), true);
    });

    app.put<NameRoute>(`${base}/:name`, async (request) => {
      const { project, name } = request.params;
      return serviceBody(state, services.replace(request, project, name, request.body), false);
    });

    app.delete<NameRoute>(`${base}/:name`, async (request) => {
      const { project, name } = request.params;
      await services.delete(request, project, name);
      const details = { name, group: 'serving.knative.dev', kind: 'services' };
      return { apiVersion: 'v1', kind: 'Status', status: 'Success', details };
    });

    addOperationRoutes(app, state, services);
    addRevisionRoutes(app, state, services);
    addServicePolicyRoutes(
      app,
      state,
      services,
      '/run/v1/projects/:project/locations/:location/services/:name([^:/]+)',
    );
  };
}

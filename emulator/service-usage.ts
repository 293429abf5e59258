import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SERVICES } from './apis.ts';
import { GoogleApiError } from './http/errors.ts';
import { type CloudState, projectIdOf, projectResource, requirePermission } from './state.ts';

interface ProjectParams {
  Params: { project: string };
}

/** Service Usage v1: which APIs a project may use (https://cloud.google.com/service-usage/docs/reference/rest). */
export function serviceUsageApi(state: CloudState) {
  state.persistent.set('serviceusage', {
    save: () => state.enabledServices,
    load: (saved: ReadonlySet<string>) => {
      state.enabledServices.clear();
      known([...saved]);
      for (const name of saved) state.enabledServices.add(name);
    },
  });
  return async (app: FastifyInstance) => {
    const base = '/serviceusage/v1/projects/:project';

    app.get<ProjectParams & { Querystring: { filter?: string } }>(
      `${base}/services`,
      // The Terraform provider asks for the names alone; what it was recorded with, and satisfied by, has all fields.
      { config: { ignoresFieldMask: true } },
      async (request) => {
        demand('serviceusage.services.list', request);
        const { filter } = request.query;
        const names = SERVICES.filter(
          (name) => !filter || (filter === 'state:ENABLED') === state.enabledServices.has(name),
        );
        return { services: names.map(serviceBody) };
      },
    );

    app.post<ProjectParams & { Body: { serviceIds?: string[] } | undefined }>(
      `${base}/services::batchEnable`,
      async (request) => {
        demand('serviceusage.services.enable', request);
        enable(request.body?.serviceIds ?? []);
        return operation('BatchEnableServicesResponse');
      },
    );

    app.post<{ Params: { project: string; service: string } }>(
      `${base}/services/:service([^:/]+)::enable`,
      async (request) => {
        demand('serviceusage.services.enable', request);
        enable([request.params.service]);
        return operation('EnableServiceResponse');
      },
    );

    app.post<{ Params: { project: string; service: string } }>(
      `${base}/services/:service([^:/]+)::disable`,
      async (request) => {
        demand('serviceusage.services.disable', request);
        known([request.params.service]);
        state.enabledServices.delete(request.params.service);
        return operation('DisableServiceResponse');
      },
    );

    app.get<{ Params: { project: string; service: string } }>(
      `${base}/services/:service`,
      async (request) => {
        demand('serviceusage.services.get', request);
        known([request.params.service]);
        return serviceBody(request.params.service);
      },
    );

    function demand(permission: string, request: FastifyRequest) {
      const { project } = request.params as { project: string };
      requirePermission(state, request, permission, projectResource(projectIdOf(state, project)));
    }
  };

  function enable(names: readonly string[]) {
    known(names);
    const usableFrom = state.now().getTime() + state.serviceActivationSeconds * 1000;
    for (const name of names) {
      if (!state.enabledServices.has(name)) state.activeFrom.set(name, usableFrom);
      state.enabledServices.add(name);
    }
  }

  function serviceBody(name: string) {
    const parent = `projects/${state.project.projectNumber}`;
    const serviceState = state.enabledServices.has(name) ? 'ENABLED' : 'DISABLED';
    return { name: `${parent}/services/${name}`, parent, config: { name }, state: serviceState };
  }

  function operation(response: string) {
    const name = `operations/acat.p2-${state.project.projectNumber}-${randomUUID()}`;
    const type = `type.googleapis.com/google.api.serviceusage.v1.${response}`;
    return { name, done: true, response: { '@type': type } };
  }
}

function known(names: readonly string[]) {
  const unknown = names.filter((name) => !SERVICES.includes(name));
  if (unknown.length === 0) return;
  throw new GoogleApiError(
    'PERMISSION_DENIED',
    `Not found or permission denied for service(s): ${unknown.join(', ')}. The local cloud knows: ${SERVICES.join(', ')}.`,
  );
}

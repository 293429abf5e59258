import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CloudState } from '../state.ts';
import { serviceBody } from './bodies.ts';
import type { Service } from './service.ts';
import type { Services } from './services.ts';

interface OperationRoute {
  Params: { project: string; location: string; operation: string };
  Body: { timeout?: string } | undefined;
}

const SERVICE_TYPE = { '@type': 'type.googleapis.com/google.cloud.run.v1.Service' };

/** How long `wait` waits when the client does not say. */
const DEFAULT_WAIT = '60s';

/**
 * The operation of a service's last write, which its annotation `run.googleapis.com/operation-id` names: gcloud waits
 * for it (https://cloud.google.com/run/docs/reference/rest/v1/projects.locations.operations).
 */
export function addOperationRoutes(app: FastifyInstance, state: CloudState, services: Services): void {
  const path = '/run/v1/projects/:project/locations/:location/operations/:operation([^:/]+)';
  const serviceOf = (request: FastifyRequest) => {
    const { project, operation } = request.params as OperationRoute['Params'];
    return services.withOperation(request, project, operation);
  };

  app.get<OperationRoute>(path, async (request) => operationBody(state, serviceOf(request)));
  app.post<OperationRoute>(`${path}::wait`, async (request) => {
    const service = serviceOf(request);
    const { timeout = DEFAULT_WAIT } = request.body ?? {};
    const waiting = new AbortController();
    const timedOut = setTimeout(Number.parseFloat(timeout) * 1000, undefined, waiting).catch(() => {});
    await Promise.race([service.rollout.settled(), timedOut]);
    waiting.abort();
    return operationBody(state, service);
  });
}

/** google.longrunning.Operation; its response is the v1 service with its status. */
function operationBody(state: CloudState, service: Service) {
  const { operationId, rollout } = service;
  const { deploying, failure } = rollout;
  const { project } = state;
  const name = `projects/${project.projectId}/locations/${service.location}/operations/${operationId}`;
  if (deploying) return { name, done: false };
  if (failure) return { name, done: true, error: { code: 9, message: failure.message } };
  return { name, done: true, response: { ...SERVICE_TYPE, ...serviceBody(state, service, true) } };
}

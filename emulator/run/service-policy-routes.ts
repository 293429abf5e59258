import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addPolicyRoutes } from '../iam/policy-routes.ts';
import type { CloudState } from '../state.ts';
import type { Services } from './services.ts';

/** The policy methods of a service, which both versions of the API have at a path of their own. */
export function addServicePolicyRoutes(
  app: FastifyInstance,
  state: CloudState,
  services: Services,
  path: string,
): void {
  addPolicyRoutes(app, state, {
    path,
    readBy: 'GET',
    permissions: 'run.services',
    resourceOf: (request) => services.resourceOf(paramsOf(request).project, paramsOf(request).name),
    mustExist: (request) => services.find(paramsOf(request).name),
  });
}

function paramsOf({ params }: FastifyRequest): { project: string; name: string } {
  return params as { project: string; name: string };
}

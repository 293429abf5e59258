import type { FastifyInstance } from 'fastify';
import { addPolicyRoutes } from '../iam/policy-routes.ts';
import type { CloudState } from '../state.ts';
import type { ServicePath, Services } from './services.ts';

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
    resourceOf: (request) => services.resourceOf(request.params as ServicePath),
    mustExist: (request) => services.find(request.params as ServicePath),
  });
}

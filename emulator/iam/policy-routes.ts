import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { type CloudState, requirePermission } from '../state.ts';
import type { Resource } from './authorizer.ts';
import { type PolicyInput, policyBody } from './policy.ts';

/** Whose policy the routes serve. */
export interface PolicyRoutes {
  /** The route pattern of the resource; the methods follow after a colon. */
  readonly path: string;
  /** How the policy is read: most APIs have GET, those of IAM and Resource Manager POST. */
  readonly readBy: 'GET' | 'POST';
  /** What the permissions begin with: `${permissions}.getIamPolicy` and `${permissions}.setIamPolicy`. */
  readonly permissions: string;
  /** The resource that a request's path names, whether it exists or not. */
  readonly resourceOf: (request: FastifyRequest) => Resource;
  /** Throws NOT_FOUND when there is no such resource. Asked only of those who may know. */
  readonly mustExist: (request: FastifyRequest) => void;
}

/** getIamPolicy, setIamPolicy and testIamPermissions of one kind of resource (google.iam.v1.IAMPolicy). */
export function addPolicyRoutes(app: FastifyInstance, state: CloudState, routes: PolicyRoutes): void {
  const { path, readBy, permissions, resourceOf, mustExist } = routes;
  app.route({
    method: readBy,
    url: `${path}::getIamPolicy`,
    config: { changesNothing: true },
    handler: async (request) => {
      const resource = resourceOf(request);
      requirePermission(state, request, `${permissions}.getIamPolicy`, resource);
      mustExist(request);
      return policyBody(state.authorizer.policy(ownPolicy(resource)));
    },
  });
  app.post(`${path}::setIamPolicy`, async (request) => {
    const resource = resourceOf(request);
    requirePermission(state, request, `${permissions}.setIamPolicy`, resource);
    mustExist(request);
    const { policy, updateMask } = (request.body ?? {}) as { policy?: PolicyInput; updateMask?: string };
    if (!policy) throw new GoogleApiError('INVALID_ARGUMENT', 'Request must contain a policy.');
    return policyBody(state.authorizer.setPolicy(ownPolicy(resource), policy, updateMask));
  });
  app.post(`${path}::testIamPermissions`, { config: { changesNothing: true } }, async (request) => {
    const resource = resourceOf(request);
    const { permissions: asked = [] } = (request.body ?? {}) as { permissions?: string[] };
    const held = asked.filter((name) => state.authorizer.decide(request.principal, name, resource).granted);
    return held.length > 0 ? { permissions: held } : {};
  });
}

function ownPolicy(resource: Resource): string {
  const [own] = resource.policies;
  if (own === undefined) throw new Error(`${resource.name} has no policy`);
  return own;
}

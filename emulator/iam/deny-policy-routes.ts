import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { type PageQuery, pageOf } from '../http/paging.ts';
import {
  type CloudState,
  organizationResource,
  projectIdOf,
  projectResource,
  requirePermission,
} from '../state.ts';
import type { DenyPolicyInput } from './deny-policies.ts';

interface Route {
  Params: { attachment: string; kind: string; id: string };
  Querystring: PageQuery & { policyId?: string; etag?: string };
  Body: DenyPolicyInput | undefined;
}

/** IAM v2: deny policies (https://cloud.google.com/iam/docs/reference/rest/v2/policies). Operations are done when answered. */
export function addDenyPolicyRoutes(app: FastifyInstance, state: CloudState): void {
  const { denyPolicies } = state.authorizer;
  const base = '/iam/v2/policies/:attachment/:kind';

  app.post<Route>(base, async (request) => {
    const attachment = demand(request, 'create');
    const { policyId = randomUUID() } = request.query;
    if (!/^[a-z][a-z0-9.-]{2,62}$/.test(policyId)) {
      throw new GoogleApiError('INVALID_ARGUMENT', `Invalid policy id '${policyId}'.`);
    }
    if (denyPolicies.of(attachment).some(({ name }) => name.endsWith(`/${policyId}`))) {
      throw new GoogleApiError('ALREADY_EXISTS', `Policy ${policyId} already exists.`);
    }
    return operation(denyPolicies.put(attachment, policyId, request.body ?? {}, state.now()));
  });
  app.get<Route>(base, async (request) => {
    const { items, nextPageToken } = pageOf(denyPolicies.of(demand(request, 'list')), request.query);
    return { policies: items, nextPageToken };
  });
  app.get<Route>(`${base}/:id`, async (request) =>
    denyPolicies.get(demand(request, 'get'), request.params.id),
  );
  app.put<Route>(`${base}/:id`, async (request) => {
    const attachment = demand(request, 'update');
    denyPolicies.get(attachment, request.params.id);
    return operation(denyPolicies.put(attachment, request.params.id, request.body ?? {}, state.now()));
  });
  app.delete<Route>(`${base}/:id`, async (request) =>
    operation(denyPolicies.delete(demand(request, 'delete'), request.params.id)),
  );

  /** The attachment point, `projects/P` or `organizations/N`, once the caller may do so there. */
  function demand(request: FastifyRequest, verb: string): string {
    const { attachment, kind: policies } = request.params as Route['Params'];
    const [, kind, id = ''] =
      /^cloudresourcemanager\.googleapis\.com\/(projects|organizations)\/([^/]+)$/.exec(attachment) ?? [];
    if (kind === undefined || policies !== 'denypolicies') {
      throw new GoogleApiError(
        'INVALID_ARGUMENT',
        `Invalid policy path '${attachment}/${policies}': the local cloud has denypolicies of projects and organizations.`,
      );
    }
    const resource = kind === 'projects' ? projectResource(projectIdOf(state, id)) : organizationResource(id);
    requirePermission(state, request, `iam.denypolicies.${verb}`, resource);
    return resource.name;
  }
}

function operation(policy: { readonly name: string }) {
  const response = { '@type': 'type.googleapis.com/google.iam.v2.Policy', ...policy };
  return { name: `${policy.name}/operations/${randomUUID()}`, done: true, response };
}

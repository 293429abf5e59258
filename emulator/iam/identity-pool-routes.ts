import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { type PageQuery, pageOf } from '../http/paging.ts';
import { type CloudState, projectIdOf, projectResource, requirePermission } from '../state.ts';
import type { IdentityInput, IdentityPool, IdentityPools } from './identity-pools.ts';

interface Route {
  Params: { project: string; location: string; pool: string; provider?: string };
  Querystring: PageQuery & {
    updateMask?: string;
    showDeleted?: string;
    workloadIdentityPoolId?: string;
    workloadIdentityPoolProviderId?: string;
  };
  Body: IdentityInput | undefined;
}

const POOLS = '/iam/v1/projects/:project/locations/:location/workloadIdentityPools';

/**
 * Pools and providers of workload identity federation
 * (https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools). Operations are done when
 * they are answered.
 */
export function addIdentityPoolRoutes(app: FastifyInstance, state: CloudState, pools: IdentityPools): void {
  addKind(POOLS, 'pool', 'workloadIdentityPools', 'workloadIdentityPoolId');
  addKind(
    `${POOLS}/:pool/providers`,
    'provider',
    'workloadIdentityPoolProviders',
    'workloadIdentityPoolProviderId',
  );

  function addKind(
    base: string,
    kind: 'pool' | 'provider',
    permissions: string,
    id: 'workloadIdentityPoolId' | 'workloadIdentityPoolProviderId',
  ): void {
    const path = `${base}/:${kind}([^:/]+)`;
    const demand = (request: FastifyRequest, verb: string) => {
      const { project, location } = request.params as Route['Params'];
      const resource = projectResource(projectIdOf(state, project));
      requirePermission(state, request, `iam.${permissions}.${verb}`, resource);
      if (location !== 'global')
        throw new GoogleApiError('INVALID_ARGUMENT', `Invalid location '${location}'.`);
    };
    const parentOf = ({ params }: FastifyRequest) => {
      const parent = `projects/${state.project.projectNumber}/locations/global/workloadIdentityPools`;
      return kind === 'pool' ? parent : `${parent}/${(params as Route['Params']).pool}/providers`;
    };
    const nameOf = (request: FastifyRequest) =>
      `${parentOf(request)}/${(request.params as Route['Params'])[kind]}`;
    const operation = (done: IdentityPool) => {
      const type = `type.googleapis.com/google.iam.v1.${kind === 'pool' ? 'WorkloadIdentityPool' : 'WorkloadIdentityPoolProvider'}`;
      return {
        name: `${done.name}/operations/${randomUUID()}`,
        done: true,
        response: { '@type': type, ...done },
      };
    };

    app.post<Route>(base, async (request) => {
      demand(request, 'create');
      const parent = parentOf(request);
      if (kind === 'provider') pools.get(parent.replace(/\/providers$/, ''));
      return operation(pools.create(`${parent}/${request.query[id] ?? ''}`, request.body ?? {}));
    });
    app.get<Route>(base, async (request) => {
      demand(request, 'list');
      const found = pools.list(parentOf(request), request.query.showDeleted === 'true');
      const { items, nextPageToken } = pageOf(found, request.query, 50);
      return { [`workloadIdentityPool${kind === 'pool' ? 's' : 'Providers'}`]: items, nextPageToken };
    });
    app.get<Route>(path, async (request) => {
      demand(request, 'get');
      return pools.get(nameOf(request));
    });
    app.patch<Route>(path, async (request) => {
      demand(request, 'update');
      const fields = (request.query.updateMask ?? '').split(',').filter(Boolean);
      return operation(pools.update(nameOf(request), request.body ?? {}, fields));
    });
    app.delete<Route>(path, async (request) => {
      demand(request, 'delete');
      return operation(pools.delete(nameOf(request)));
    });
    app.post<Route>(`${path}::undelete`, async (request) => {
      demand(request, 'undelete');
      return operation(pools.undelete(nameOf(request)));
    });
    // The Terraform provider asks for the operation, which is done.
    app.get(`${path}/operations/:operation`, async ({ url }) => ({
      name: url.split('?')[0]?.replace('/iam/v1/', ''),
      done: true,
    }));
  }
}

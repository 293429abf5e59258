import type { FastifyInstance } from 'fastify';
import { APIS } from './apis.ts';
import { type PageQuery, pageOf } from './http/paging.ts';
import { addDenyPolicyRoutes } from './iam/deny-policy-routes.ts';
import { addIdentityPoolRoutes } from './iam/identity-pool-routes.ts';
import type { IdentityPools } from './iam/identity-pools.ts';
import { addPolicyRoutes } from './iam/policy-routes.ts';
import { addRoleRoutes } from './iam/role-routes.ts';
import { type ServiceAccounts, serviceAccountResource } from './iam/service-accounts.ts';
import { type CloudState, projectIdOf, projectResource, requirePermission, requireService } from './state.ts';

export { ServiceAccounts } from './iam/service-accounts.ts';

interface AccountParams {
  project: string;
  account: string;
}

/** IAM v1 and v2: service accounts and their policies, roles, deny policies (https://cloud.google.com/iam/docs/reference/rest). */
export function iamApi(state: CloudState, accounts: ServiceAccounts, pools: IdentityPools) {
  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async () => requireService(state, APIS.iam));
    addRoleRoutes(app, state);
    addDenyPolicyRoutes(app, state);
    addIdentityPoolRoutes(app, state, pools);
    const base = '/iam/v1/projects/:project/serviceAccounts';
    const path = `${base}/:account([^:/]+)`;

    app.post<{
      Params: { project: string };
      Body: { accountId?: string; serviceAccount?: object } | undefined;
    }>(base, async (request) => {
      const project = projectIdOf(state, request.params.project);
      requirePermission(state, request, 'iam.serviceAccounts.create', projectResource(project));
      return accounts.create(request.body?.accountId ?? '', request.body?.serviceAccount ?? {});
    });

    app.get<{ Params: { project: string }; Querystring: PageQuery }>(base, async (request) => {
      const project = projectIdOf(state, request.params.project);
      requirePermission(state, request, 'iam.serviceAccounts.list', projectResource(project));
      const { items, nextPageToken } = pageOf(accounts.list(), request.query);
      return { accounts: items, nextPageToken };
    });

    app.get<{ Params: AccountParams }>(path, async (request) => {
      requirePermission(state, request, 'iam.serviceAccounts.get', resourceOf(request.params));
      return accounts.get(request.params.account);
    });

    app.patch<{ Params: AccountParams; Body: { serviceAccount?: object; updateMask?: string } }>(
      path,
      async (request) => {
        requirePermission(state, request, 'iam.serviceAccounts.update', resourceOf(request.params));
        return accounts.update(request.params.account, request.body.serviceAccount ?? {});
      },
    );

    app.delete<{ Params: AccountParams }>(path, async (request) => {
      requirePermission(state, request, 'iam.serviceAccounts.delete', resourceOf(request.params));
      accounts.delete(request.params.account);
      return {};
    });

    for (const verb of ['enable', 'disable'] as const) {
      app.post<{ Params: AccountParams }>(`${path}::${verb}`, async (request) => {
        requirePermission(state, request, `iam.serviceAccounts.${verb}`, resourceOf(request.params));
        accounts.setDisabled(request.params.account, verb === 'disable');
        return {};
      });
    }

    addPolicyRoutes(app, state, {
      path,
      readBy: 'POST',
      permissions: 'iam.serviceAccounts',
      resourceOf: (request) => resourceOf(request.params as AccountParams),
      mustExist: (request) => accounts.get((request.params as AccountParams).account),
    });
  };

  function resourceOf({ project, account }: AccountParams) {
    return serviceAccountResource(
      project === '-' ? state.project.projectId : projectIdOf(state, project),
      account,
    );
  }
}

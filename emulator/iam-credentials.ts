import type { FastifyInstance, FastifyRequest } from 'fastify';
import { APIS } from './apis.ts';
import { GoogleApiError } from './http/errors.ts';
import { type ServiceAccounts, serviceAccountResource } from './iam/service-accounts.ts';
import { type CloudState, projectIdOf, requirePermission, requireService } from './state.ts';

/** An hour, Google's limit without an organization policy that allows more. */
const LIFETIME_LIMIT_SECONDS = 3600;

interface Account {
  Params: { project: string; account: string };
}

/**
 * IAM Credentials v1: tokens of a service account for whoever may impersonate it
 * (https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts).
 */
export function iamCredentialsApi(state: CloudState, accounts: ServiceAccounts) {
  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async () => requireService(state, APIS.iamCredentials));
    const path = '/iamcredentials/v1/projects/:project/serviceAccounts/:account([^:/]+)';
    const options = { config: { changesNothing: true } };

    app.post<Account & { Body: { scope?: string[]; lifetime?: string; delegates?: string[] } | undefined }>(
      `${path}::generateAccessToken`,
      options,
      async (request) => {
        const { delegates } = request.body ?? {};
        const principal = impersonated(request, 'iam.serviceAccounts.getAccessToken', delegates);
        const { scope = [], lifetime = '3600s' } = request.body ?? {};
        if (scope.length === 0) throw invalid('The request must include at least one scope.');
        const lifetimeSeconds = Number.parseFloat(lifetime);
        if (!(lifetimeSeconds > 0) || lifetimeSeconds > LIFETIME_LIMIT_SECONDS) {
          throw invalid(
            `The lifetime must be more than 0 and at most ${LIFETIME_LIMIT_SECONDS}s, got ${lifetime}.`,
          );
        }
        const expireTime = new Date(state.now().getTime() + lifetimeSeconds * 1000).toISOString();
        return { accessToken: state.tokens.accessToken(principal, { lifetimeSeconds }), expireTime };
      },
    );

    app.post<Account & { Body: { audience?: string; delegates?: string[] } | undefined }>(
      `${path}::generateIdToken`,
      options,
      async (request) => {
        const { audience, delegates } = request.body ?? {};
        const principal = impersonated(request, 'iam.serviceAccounts.getOpenIdToken', delegates);
        if (!audience) throw invalid('The request must include an audience.');
        return { token: await state.tokens.identityToken(principal, audience) };
      },
    );
  };

  /** The account of the path, if who asks may be it: directly, or through a chain of accounts each of which may be the next. */
  function impersonated(request: FastifyRequest, permission: string, delegates: readonly string[] = []) {
    const { project, account } = request.params as Account['Params'];
    const projectId = project === '-' ? state.project.projectId : projectIdOf(state, project);
    let asking: Parameters<typeof requirePermission>[1] = request;
    for (const delegate of delegates) {
      const name = delegate.replace(/^projects\/-\/serviceAccounts\//, '');
      const resource = serviceAccountResource(projectId, name);
      requirePermission(state, asking, 'iam.serviceAccounts.implicitDelegation', resource);
      const { method, url } = request;
      asking = { principal: accounts.principalOf(`serviceAccount:${accounts.get(name).email}`), method, url };
    }
    requirePermission(state, asking, permission, serviceAccountResource(projectId, account));
    const { email, disabled } = accounts.get(account);
    if (disabled) throw new GoogleApiError('FAILED_PRECONDITION', `Service account ${email} is disabled.`);
    return accounts.principalOf(`serviceAccount:${email}`);
  }
}

function invalid(message: string): GoogleApiError {
  return new GoogleApiError('INVALID_ARGUMENT', message);
}

import { bearer, callGoogle } from '@cloud-run-identity/secrets';
import type { AuthClient } from 'google-auth-library';
import type { Environment } from '../io.ts';

/** gcloud's variable for the account that its calls are made as; `--impersonate-service-account` sets it. */
export const IMPERSONATED = 'CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * A client that calls as another service account, whose tokens IAM gives to whoever may impersonate it: the credentials
 * that there are, of whatever kind. It gets a new token when one ends.
 *
 * @param email of the account; several, separated by commas, are a chain, the last of which calls
 * @param endpoint of IAM's credentials API
 * @throws PermissionDeniedError that names the permission and the account, before anything else is called
 */
export async function impersonate(
  environment: Environment,
  {
    email,
    endpoint,
    projectId,
  }: { readonly email: string; readonly endpoint: string; readonly projectId: string },
): Promise<{ readonly client: AuthClient; readonly email: string }> {
  const { GoogleAuth, Impersonated, OAuth2Client } = await import('google-auth-library');
  const accessToken = environment.CLOUDSDK_AUTH_ACCESS_TOKEN;
  const given = new OAuth2Client();
  given.setCredentials({ access_token: accessToken ?? null });
  const auth = new GoogleAuth({ scopes: SCOPE, projectId });
  const names = email.split(',').map((name) => name.trim());
  const targetPrincipal = names.at(-1) ?? '';
  const caller = accessToken
    ? bearer(accessToken).email
    : async () => (await auth.getCredentials()).client_email;
  const call = {
    permission: 'iam.serviceAccounts.getAccessToken',
    resource: `projects/-/serviceAccounts/${targetPrincipal}`,
    project: projectId,
    role: 'roles/iam.serviceAccountTokenCreator',
    api: 'iamcredentials.googleapis.com',
  };
  const client = await callGoogle(call, caller, async () => {
    const impersonated = new Impersonated({
      sourceClient: accessToken ? given : await auth.getClient(),
      targetPrincipal,
      delegates: names.slice(0, -1),
      targetScopes: [SCOPE],
      endpoint,
    });
    await impersonated.getAccessToken();
    return impersonated;
  });
  return { client, email: targetPrincipal };
}

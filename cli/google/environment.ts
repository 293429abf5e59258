import type { Caller, ConfigApis, Credentials, GoogleClients } from '@cloud-run-identity/secrets';
import type { Environment } from '../io.ts';
import { IMPERSONATED, impersonate } from './impersonation.ts';

/** APIs that the commands call, by gcloud's name for the endpoint. */
export type Api =
  | 'cloudbilling'
  | 'cloudkms'
  | 'cloudresourcemanager'
  | 'iam'
  | 'iamcredentials'
  | 'logging'
  | 'orgpolicy'
  | 'policytroubleshooter'
  | 'run'
  | 'secretmanager'
  | 'serviceusage'
  | 'storage';

/**
 * The base address of an API without a slash at its end: Google's own, or where gcloud would look for it
 * (CLOUDSDK_API_ENDPOINT_OVERRIDES_*, https://cloud.google.com/sdk/docs/properties), which `local env` sets.
 */
export function endpointOf(environment: Environment, api: Api): string {
  return overrideOf(environment, api) ?? `https://${api}.googleapis.com`;
}

/** Whether the commands talk to a local cloud instead of Google. */
export function isLocal(environment: Environment): boolean {
  return /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)/.test(endpointOf(environment, 'cloudkms'));
}

/**
 * Opens Google's clients as the environment says: with Application Default Credentials, or with the access token in
 * CLOUDSDK_AUTH_ACCESS_TOKEN where there is one, as gcloud does; as another account where
 * CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT names one.
 *
 * @param projectId project of the secret; spares google-auth-library the search for one
 */
export async function clientsOfEnvironment(
  environment: Environment,
  projectId: string,
): Promise<GoogleClients> {
  const { googleClients } = await import('@cloud-run-identity/secrets');
  const caller = await impersonatedOf(environment, projectId);
  return googleClients({
    endpoint: overrideOf(environment, 'cloudkms'),
    // Cloud Storage is where it always is, also when Cloud KMS alone is elsewhere.
    storageEndpoint: overrideOf(environment, 'cloudkms')
      ? endpointOf(environment, 'storage')
      : overrideOf(environment, 'storage'),
    ...(caller ? { caller } : { accessToken: environment.CLOUDSDK_AUTH_ACCESS_TOKEN }),
    projectId,
  });
}

/**
 * Opens what reading and encrypting a config takes, with the same credentials and endpoints: by direct REST, which is
 * there in a fraction of the time, unless the environment names a proxy, which only Google's official clients use.
 *
 * @param projectId as for clientsOfEnvironment
 */
export async function configApisOfEnvironment(
  environment: Environment,
  projectId: string,
): Promise<ConfigApis & Caller> {
  if (hasProxy(environment)) return clientsOfEnvironment(environment, projectId);
  const credentials = await credentialsOfEnvironment(environment, projectId);
  const { directApis } = await import('@cloud-run-identity/secrets');
  return directApis(credentials, {
    kms: endpointOf(environment, 'cloudkms'),
    storage: endpointOf(environment, 'storage'),
  });
}

async function credentialsOfEnvironment(environment: Environment, projectId: string): Promise<Credentials> {
  const impersonated = await impersonatedOf(environment, projectId);
  if (impersonated) {
    const { client, email } = impersonated;
    return {
      accessToken: async () => (await client.getAccessToken()).token ?? '',
      email: async () => email,
      forget: () => client.setCredentials({ ...client.credentials, access_token: null, expiry_date: 1 }),
    };
  }
  const accessToken = environment.CLOUDSDK_AUTH_ACCESS_TOKEN;
  if (accessToken) {
    const { bearer } = await import('@cloud-run-identity/secrets');
    return bearer(accessToken);
  }
  const { defaultCredentials } = await import('./default-credentials.ts');
  return defaultCredentials(projectId);
}

/** Who is impersonated, where somebody is. */
async function impersonatedOf(environment: Environment, projectId: string) {
  const email = environment[IMPERSONATED];
  if (!email) return undefined;
  return impersonate(environment, { email, endpoint: endpointOf(environment, 'iamcredentials'), projectId });
}

/** Whether Google's official clients would use a proxy, which direct REST does not. */
function hasProxy(environment: Environment): boolean {
  return ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => environment[name]);
}

function overrideOf(environment: Environment, api: Api): string | undefined {
  const override = environment[`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api.toUpperCase()}`];
  // gcloud wants the version in some of the addresses (storage) and not in others; the clients bring their own.
  return override ? new URL(override).origin : undefined;
}

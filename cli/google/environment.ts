import type { Caller, ConfigApis } from '../../secrets/apis.ts';
import type { GoogleClients } from '../../secrets/clients.ts';
import type { Credentials } from '../../secrets/direct/credentials.ts';

/** APIs that the commands call, by gcloud's name for the endpoint. */
export type Api =
  | 'cloudkms'
  | 'iam'
  | 'logging'
  | 'policytroubleshooter'
  | 'run'
  | 'secretmanager'
  | 'serviceusage'
  | 'storage';

/**
 * The base address of an API without a slash at its end: Google's own, or where gcloud would look for it
 * (CLOUDSDK_API_ENDPOINT_OVERRIDES_*, https://cloud.google.com/sdk/docs/properties), which `local env` sets.
 */
export function endpointOf(api: Api): string {
  return overrideOf(api) ?? `https://${api}.googleapis.com`;
}

/** Whether the commands talk to a local cloud instead of Google. */
export function isLocal(): boolean {
  return /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)/.test(endpointOf('cloudkms'));
}

/**
 * Opens Google's clients as the environment says: with Application Default Credentials, or with the access token in
 * CLOUDSDK_AUTH_ACCESS_TOKEN where there is one, as gcloud does.
 *
 * @param projectId project of the secret; spares google-auth-library the search for one
 */
export async function clientsOfEnvironment(projectId: string): Promise<GoogleClients> {
  const { googleClients } = await import('../../secrets/clients.ts');
  return googleClients({
    endpoint: overrideOf('cloudkms'),
    // Cloud Storage is where it always is, also when Cloud KMS alone is elsewhere.
    storageEndpoint: overrideOf('cloudkms') ? endpointOf('storage') : overrideOf('storage'),
    accessToken: process.env.CLOUDSDK_AUTH_ACCESS_TOKEN,
    projectId,
  });
}

/**
 * Opens what reading and encrypting a config takes, with the same credentials and endpoints: by direct REST, which is
 * there in a fraction of the time, unless the environment names a proxy, which only Google's official clients use.
 *
 * @param projectId as for clientsOfEnvironment
 */
export async function configApisOfEnvironment(projectId: string): Promise<ConfigApis & Caller> {
  if (hasProxy()) return clientsOfEnvironment(projectId);
  const credentials = await credentialsOfEnvironment(projectId);
  const { directApis } = await import('../../secrets/direct/direct-apis.ts');
  return directApis(credentials, { kms: endpointOf('cloudkms'), storage: endpointOf('storage') });
}

async function credentialsOfEnvironment(projectId: string): Promise<Credentials> {
  const accessToken = process.env.CLOUDSDK_AUTH_ACCESS_TOKEN;
  if (accessToken) {
    const { bearer } = await import('../../secrets/direct/credentials.ts');
    return bearer(accessToken);
  }
  const { defaultCredentials } = await import('./default-credentials.ts');
  return defaultCredentials(projectId);
}

/** Whether Google's official clients would use a proxy, which direct REST does not. */
function hasProxy(): boolean {
  return ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => process.env[name]);
}

function overrideOf(api: Api): string | undefined {
  const override = process.env[`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api.toUpperCase()}`];
  // gcloud wants the version in some of the addresses (storage) and not in others; the clients bring their own.
  return override ? new URL(override).origin : undefined;
}

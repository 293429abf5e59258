import type { GoogleClients } from '../../secrets/clients.ts';

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

function overrideOf(api: Api): string | undefined {
  const override = process.env[`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api.toUpperCase()}`];
  // gcloud wants the version in some of the addresses (storage) and not in others; the clients bring their own.
  return override ? new URL(override).origin : undefined;
}

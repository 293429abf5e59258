import type { Credentials } from '@cloud-run-identity/secrets';

/**
 * Application Default Credentials, whichever kind they are: google-auth-library gets the tokens. That there are none,
 * the first call says.
 *
 * @param projectId spares the library the search for one
 */
export async function defaultCredentials(projectId: string): Promise<Credentials> {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform', projectId });
  const client = auth.getClient();
  const found = await client.catch(() => undefined);
  return {
    accessToken: async () => (await (await client).getAccessToken()).token ?? '',
    email: async () => (await auth.getCredentials()).client_email,
    forget: () => found?.setCredentials({ ...found.credentials, access_token: null, expiry_date: 1 }),
    quotaProject: found?.quotaProjectId,
  };
}

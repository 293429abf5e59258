import type { KeyManagementServiceClient } from '@google-cloud/kms';
import type { Storage, StorageOptions } from '@google-cloud/storage';

/** How to reach Google; empty means Google's own endpoints with Application Default Credentials. */
export interface GoogleClientOptions {
  /** Base address of a local cloud, such as `http://127.0.0.1:43211`. */
  readonly endpoint?: string | undefined;
  /** Bearer token to send instead of Application Default Credentials. */
  readonly accessToken?: string | undefined;
  /**
   * Project of the caller. Without it google-auth-library searches for one although no call here needs it,
   * and one of its ways is to run `gcloud` in a shell, which takes half a second where it is installed.
   */
  readonly projectId?: string | undefined;
}

/** Google's official clients, sharing one set of credentials. */
export interface GoogleClients {
  readonly storage: Storage;
  readonly kms: KeyManagementServiceClient;
  /**
   * Email of the account that the calls are made as; undefined when the credentials do not say, as a bare
   * access token and a person's own credentials do not.
   */
  callerEmail(): Promise<string | undefined>;
}

/**
 * Opens the clients. Google's libraries are imported here and not at the top of the module, because
 * loading them takes longer than all else that a start or a `--help` does.
 */
export async function googleClients(options: GoogleClientOptions = {}): Promise<GoogleClients> {
  const [{ Storage }, { KeyManagementServiceClient }, { GoogleAuth, OAuth2Client }] = await Promise.all([
    import('@google-cloud/storage'),
    import('@google-cloud/kms'),
    import('google-auth-library'),
  ]);
  const bearer = new OAuth2Client();
  bearer.setCredentials({ access_token: options.accessToken ?? null });
  const auth = new GoogleAuth({
    scopes: 'https://www.googleapis.com/auth/cloud-platform',
    ...(options.projectId && { projectId: options.projectId }),
    ...(options.accessToken && { authClient: bearer }),
  });
  return {
    storage: new Storage({ ...storageOptions(options.endpoint), authClient: auth }),
    // REST instead of gRPC, which costs start time and sends no token to a local http server.
    kms: new KeyManagementServiceClient({ ...kmsEndpoint(options.endpoint), auth, fallback: true }),
    callerEmail: async () => (options.accessToken ? undefined : (await auth.getCredentials()).client_email),
  };
}

function storageOptions(endpoint: string | undefined): StorageOptions {
  return {
    // By default a client tries again for ten minutes, in silence; the callers know how long to wait.
    retryOptions: { autoRetry: false },
    ...(endpoint && { apiEndpoint: endpoint, useAuthWithCustomEndpoint: true }),
  };
}

function kmsEndpoint(endpoint: string | undefined) {
  if (!endpoint) return {};
  const { protocol, hostname, port } = new URL(endpoint);
  return {
    apiEndpoint: hostname,
    port: Number(port) || (protocol === 'http:' ? 80 : 443),
    protocol: protocol.slice(0, -1),
  };
}

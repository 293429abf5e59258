import type { KeyManagementServiceClient } from '@google-cloud/kms';
import type { Storage, StorageOptions } from '@google-cloud/storage';
import type { AuthClient } from 'google-auth-library';
import type { Caller, ConfigApis } from './apis.ts';
import { officialCipher, officialReader } from './official.ts';

/** How to reach Google; empty means Google's own endpoints with Application Default Credentials. */
export interface GoogleClientOptions {
  /** Base address of a local cloud, such as `http://127.0.0.1:43211`. */
  readonly endpoint?: string | undefined;
  /** Base address of Cloud Storage, where it differs. @default endpoint */
  readonly storageEndpoint?: string | undefined;
  /** Bearer token to send instead of Application Default Credentials. */
  readonly accessToken?: string | undefined;
  /** Who calls instead of Application Default Credentials, and their email. */
  readonly caller?: { readonly client: AuthClient; readonly email: string } | undefined;
  /**
   * Project of the caller. Without it google-auth-library searches for one although no call here needs it,
   * and one of its ways is to run `gcloud` in a shell, which takes half a second where it is installed.
   */
  readonly projectId?: string | undefined;
}

/** Google's official clients, sharing one set of credentials. */
export interface GoogleClients extends ConfigApis, Caller {
  readonly storage: Storage;
  readonly kms: KeyManagementServiceClient;
  /**
   * A call to an API that has no client here, with the same credentials.
   * @returns the answer's JSON
   * @throws google-auth-library's error, to be translated by callGoogle
   */
  request<Answer>(call: ApiRequest): Promise<Answer>;
}

/** A call to an API. */
export interface ApiRequest {
  readonly url: string;
  /** @default 'GET' */
  readonly method?: 'GET' | 'POST' | 'PATCH';
  /** Sent as JSON. */
  readonly body?: object;
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
    ...(options.caller && { authClient: options.caller.client }),
  });
  const storageEndpoint = options.storageEndpoint ?? options.endpoint;
  const storage = new Storage({ ...storageOptions(storageEndpoint), authClient: auth });
  // STORAGE_EMULATOR_HOST, which is there for other programs, would take the place of the endpoint, half of it.
  if (storageEndpoint) storage.baseUrl = `${storageEndpoint}/storage/v1`;
  // REST instead of gRPC, which costs start time and sends no token to a local http server.
  const kms = new KeyManagementServiceClient({ ...kmsEndpoint(options.endpoint), auth, fallback: true });
  return {
    storage,
    kms,
    ...officialCipher(kms),
    ...officialReader(storage),
    callerEmail: async () => {
      if (options.caller) return options.caller.email;
      return options.accessToken ? undefined : (await auth.getCredentials()).client_email;
    },
    request: async <Answer>({ url, method = 'GET', body }: ApiRequest) => {
      const call = { url, method, retry: false, ...(body && { data: body }) };
      return (await auth.request<Answer>(call)).data;
    },
    forgetToken: async () => {
      const client = await auth.getClient();
      client.setCredentials({ ...client.credentials, access_token: null, expiry_date: 1 });
    },
    identityToken: async (audience) =>
      (await auth.getIdTokenClient(audience)).idTokenProvider.fetchIdToken(audience),
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

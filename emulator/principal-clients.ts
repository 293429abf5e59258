import { createRequire } from 'node:module';
import type { GoogleAuth } from 'google-auth-library';
import { clientEnvironment } from './client-environment.ts';
import type { PrincipalEndpoints } from './http/principal-endpoints.ts';
import { localPrincipal, type PrincipalMaker } from './local.ts';
import type { CloudState } from './state.ts';

/** What makes Google's clients those of one principal of the local cloud. */
export interface PrincipalClients {
  /** E.g. `serviceAccount:a@p.iam.gserviceaccount.com`. */
  readonly member: string;
  /**
   * Options of `new Storage(…)` of @google-cloud/storage. The address says who asks: the library sends its uploads
   * without a token to any address but Google's.
   */
  readonly storage: { readonly projectId: string; readonly apiEndpoint: string };
  /** Options of `new KeyManagementServiceClient(…)` of @google-cloud/kms; REST, so that it loads half of what gRPC does. */
  readonly kms: {
    readonly projectId: string;
    readonly apiEndpoint: string;
    readonly port: number;
    readonly protocol: 'http';
    readonly fallback: true;
    readonly auth: GoogleAuth;
  };
  /** Credentials of google-auth-library, for what else takes them. */
  readonly auth: GoogleAuth;
  /** An access token, valid for an hour, to be sent as `Authorization: Bearer …`. */
  readonly accessToken: string;
  /** An identity token for an audience: for a Cloud Run service, its address. */
  identityToken(audience: string): Promise<string>;
  /** The variables that point other programs here: Terraform, gcloud, and Google's libraries of every language. */
  environment(): Promise<Record<string, string>>;
}

/** The clients of a member. Nothing is opened or loaded before it is asked for. */
export function clientsOf(
  state: CloudState,
  cloud: PrincipalMaker,
  endpoints: PrincipalEndpoints,
  member: string,
): PrincipalClients {
  const { projectId } = state.project;
  let auth: GoogleAuth | undefined;
  const credentials = () => {
    auth ??= authOf(projectId, () => cloud.tokenFor(member));
    return auth;
  };
  return {
    member,
    get storage() {
      return { projectId, apiEndpoint: cloud.url + endpoints.pathFor(member) };
    },
    get kms() {
      const { hostname, port } = new URL(cloud.url);
      const address = {
        apiEndpoint: hostname,
        port: Number(port),
        protocol: 'http',
        fallback: true,
      } as const;
      return { projectId, ...address, auth: credentials() };
    },
    get auth() {
      return credentials();
    },
    get accessToken() {
      return cloud.tokenFor(member);
    },
    identityToken: (audience) => cloud.identityTokenFor(member, audience),
    environment: async () => {
      const principal = await localPrincipal(cloud, member);
      return clientEnvironment({ url: cloud.url, projectId, region: state.region, principal });
    },
  };
}

/** Loaded with the first client that is asked for: most runs never need it. */
function authOf(projectId: string, token: () => string): GoogleAuth {
  const library = createRequire(import.meta.url)(
    'google-auth-library',
  ) as typeof import('google-auth-library');
  const client = new library.OAuth2Client();
  // A client asks anew when a token is about to expire.
  client.refreshHandler = async () => ({ access_token: token(), expiry_date: Date.now() + 3_600_000 });
  return new library.GoogleAuth({ projectId, authClient: client });
}

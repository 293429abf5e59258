import type { Caller, ConfigApis } from '../apis.ts';
import { type MetadataServer, metadataServer } from '../direct/credentials.ts';
import { directApis } from '../direct/direct-apis.ts';
import { UnauthenticatedError, UnavailableError } from '../errors.ts';
import { type LoadedSecret, loadSecret, loadSecretIfChanged, type ReadValue } from '../load.ts';
import type { SecretReference } from '../reference.ts';
import type { SecretSource } from './live-secret.ts';

/** Who calls Google's APIs: direct REST, or Google's official clients. */
export type GoogleClientsChoice = 'direct' | 'official';

/** How Google is reached. */
export interface GoogleOptions {
  /** @default direct where there is a metadata server; elsewhere only the official clients find credentials */
  readonly clients?: GoogleClientsChoice | undefined;
  /** Project of the caller, which spares the official clients a search for one. */
  readonly project?: string | undefined;
  /** Project that is charged for calls, such as reading a bucket whose readers pay. @default the resource's */
  readonly quotaProject?: string | undefined;
  /** host:port of a local cloud's metadata server. @default Google's own */
  readonly metadataHost?: string | undefined;
}

/** Who issues identity tokens. */
export interface TokenIssuer {
  /** What tokens may name as their issuer. */
  readonly names: readonly string[];
  /** Address of the keys that they are signed with (RFC 7517). */
  readonly certificates: string;
}

/** What a service asks of Google. */
export interface Google {
  /** Where a secret is loaded from; the loading begins at once. */
  source<Value>(reference: SecretReference, read: ReadValue<Value>): SecretSource<Value>;
  /** Email of the account that this process runs as; undefined where the credentials do not say. */
  callerEmail(): Promise<string | undefined>;
  /** An identity token of that account. @param audience who it is for, such as the URL of a service */
  idToken(audience: string): Promise<string>;
  /** Who issues the identity tokens of those who call this process. */
  tokenIssuer(): Promise<TokenIssuer>;
}

// https://accounts.google.com/.well-known/openid-configuration; some tokens name the issuer without https://.
const google: TokenIssuer = {
  names: ['https://accounts.google.com', 'accounts.google.com'],
  certificates: 'https://www.googleapis.com/oauth2/v3/certs',
};

/** How Google is reached from where this process runs, by its environment. */
export function googleOptions(environment: NodeJS.ProcessEnv): GoogleOptions {
  const { K_SERVICE, GCE_METADATA_HOST, KUBERNETES_SERVICE_HOST, GOOGLE_CLOUD_QUOTA_PROJECT } = environment;
  // A Pod has GKE's metadata server, unless it was given a file.
  const isPod = KUBERNETES_SERVICE_HOST !== undefined && !environment.GOOGLE_APPLICATION_CREDENTIALS;
  const hasMetadata = K_SERVICE !== undefined || GCE_METADATA_HOST !== undefined || isPod;
  const clients = hasMetadata ? 'direct' : 'official';
  return { clients, metadataHost: GCE_METADATA_HOST, quotaProject: GOOGLE_CLOUD_QUOTA_PROJECT };
}

/** Asks for credentials, and returns at once. */
export function connectToGoogle(options: GoogleOptions): Google {
  const { clients = 'direct', metadataHost, project, quotaProject } = options;
  // Google's official clients read the variable of the same name themselves.
  const metadata = metadataServer(metadataHost, quotaProject);
  const endpoint = untilFound(async () => (metadataHost ? localEndpoint(metadata, metadataHost) : undefined));
  const apis = untilFound(() =>
    clients === 'direct' ? direct(metadata, endpoint) : official(endpoint, project),
  );
  apis().catch(() => {}); // asked again by whoever needs it
  return {
    source: (reference, read) => sourceOf(apis, reference, read),
    callerEmail: async () => (await apis()).callerEmail(),
    idToken: rememberTokens(async (audience) => (await apis()).identityToken(audience)),
    tokenIssuer: async () => {
      const local = await endpoint();
      return local ? { names: [local], certificates: `${local}/oauth2/v3/certs` } : google;
    },
  };
}

type Apis = ConfigApis & Caller;

/** Asks once, and again after a failure: a metadata server may be silent for a Pod's first seconds. */
function untilFound<Result>(ask: () => Promise<Result>): () => Promise<Result> {
  let asked: Promise<Result> | undefined;
  return () => {
    if (!asked) {
      const asking = ask();
      asked = asking;
      asking.catch(() => {
        if (asked === asking) asked = undefined;
      });
    }
    return asked;
  };
}

function sourceOf<Value>(
  apis: () => Promise<Apis>,
  reference: SecretReference,
  read: ReadValue<Value>,
): SecretSource<Value> {
  const load = () => withAcceptedToken(apis, async () => loadSecret(await apis(), reference, read));
  let first: Promise<LoadedSecret<Value>> | undefined = load();
  first.catch(() => {}); // thrown again to whoever asks for it
  return {
    load: () => {
      const loading = first ?? load();
      first = undefined;
      return loading;
    },
    loadIfChanged: (previous) =>
      withAcceptedToken(apis, async () => loadSecretIfChanged(await apis(), reference, read, previous)),
  };
}

async function direct(metadata: MetadataServer, endpoint: () => Promise<string | undefined>): Promise<Apis> {
  metadata.accessToken().catch(() => {}); // asked again by the first call
  const base = await endpoint();
  return directApis(metadata, { kms: base, storage: base });
}

async function official(
  endpoint: () => Promise<string | undefined>,
  projectId: string | undefined,
): Promise<Apis> {
  const { googleClients } = await import('../clients.ts');
  return googleClients({ endpoint: await endpoint(), projectId });
}

// The metadata server itself renews identity tokens some minutes before their end.
const renewalSeconds = 300;

/** Asks for each audience's token once an hour, as long as one lasts. */
function rememberTokens(ask: (audience: string) => Promise<string>): (audience: string) => Promise<string> {
  const known = new Map<string, { readonly token: string; readonly renewAt: number }>();
  return async (audience) => {
    const last = known.get(audience);
    if (last && Date.now() / 1000 < last.renewAt) return last.token;
    const token = await ask(audience);
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    known.set(audience, { token, renewAt: Number(exp) - renewalSeconds });
    return token;
  };
}

/** A token may end before its time: it was revoked, or this machine's clock is not Google's. */
async function withAcceptedToken<Result>(
  apis: () => Promise<Apis>,
  call: () => Promise<Result>,
): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof UnauthenticatedError)) throw error;
    // Without credentials there is no token to forget, and the second call fails like the first.
    await (await apis()).forgetToken().catch(() => {});
    return call();
  }
}

/**
 * Asks the metadata server for the custom attribute `api-endpoint`, by which a local cloud names its APIs;
 * any other metadata server has no such attribute (https://cloud.google.com/compute/docs/metadata/querying-metadata).
 */
async function localEndpoint(metadata: MetadataServer, host: string): Promise<string | undefined> {
  try {
    const address = await metadata.attribute('api-endpoint');
    return address === undefined ? undefined : new URL(address).origin;
  } catch (cause) {
    throw new UnavailableError(
      `The metadata server at ${host} did not say where Google's APIs are (${(cause as Error).message}).`,
      'start the local cloud, or unset GCE_METADATA_HOST.',
      { cause },
    );
  }
}

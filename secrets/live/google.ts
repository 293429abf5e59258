import type { Caller, ConfigApis } from '../apis.ts';
import { type MetadataServer, metadataServer } from '../direct/credentials.ts';
import { directApis } from '../direct/direct-apis.ts';
import { UnauthenticatedError } from '../errors.ts';
import type { ConfigSource } from './live-secret.ts';
import { type LoadedConfig, loadConfig, loadConfigIfChanged } from '../load.ts';
import { parseKeyName } from '../reference.ts';
import type { ServiceConfig } from '../../service/config.ts';
import type { TokenIssuer } from '../fastify/tokens.ts';

/** What the app asks of Google. */
export interface Google {
  readonly source: ConfigSource;
  readonly callerEmail: () => Promise<string | undefined>;
  /** Who issues the identity tokens of those who call the service. */
  readonly tokenIssuer: () => Promise<TokenIssuer>;
}

// https://accounts.google.com/.well-known/openid-configuration; some tokens name the issuer without https://.
const google: TokenIssuer = {
  names: ['https://accounts.google.com', 'accounts.google.com'],
  certificates: 'https://www.googleapis.com/oauth2/v3/certs',
};

/** Starts loading the config, and returns at once. */
export function connectToGoogle(config: ServiceConfig): Google {
  const { metadataHost, reference } = config;
  const metadata = metadataServer(metadataHost);
  const endpoint = metadataHost ? localEndpoint(metadata, metadataHost) : Promise.resolve(undefined);
  const apis = config.googleClients === 'direct' ? direct(metadata, endpoint) : official(config, endpoint);
  const load = () => withAcceptedToken(apis, async () => loadConfig(await apis, reference));
  let first: Promise<LoadedConfig> | undefined = load();
  first.catch(() => {}); // thrown again to whoever asks for it
  return {
    source: {
      load: () => {
        const loading = first ?? load();
        first = undefined;
        return loading;
      },
      loadIfChanged: (previous) =>
        withAcceptedToken(apis, async () => loadConfigIfChanged(await apis, reference, previous)),
    },
    callerEmail: async () => (await apis).callerEmail(),
    tokenIssuer: async () => {
      const local = await endpoint;
      return local ? { names: [local], certificates: `${local}/oauth2/v3/certs` } : google;
    },
  };
}

type Apis = ConfigApis & Caller;

async function direct(metadata: MetadataServer, endpoint: Promise<string | undefined>): Promise<Apis> {
  metadata.accessToken().catch(() => {}); // asked again by the first call
  const base = await endpoint;
  return directApis(metadata, { kms: base, storage: base });
}

async function official({ reference }: ServiceConfig, endpoint: Promise<string | undefined>): Promise<Apis> {
  const { googleClients } = await import('../clients.ts');
  return googleClients({ endpoint: await endpoint, projectId: parseKeyName(reference.key).project });
}

/** A token may end before its time: it was revoked, or this machine's clock is not Google's. */
async function withAcceptedToken<Result>(apis: Promise<Apis>, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof UnauthenticatedError)) throw error;
    // Without credentials there is no token to forget, and the second call fails like the first.
    await (await apis).forgetToken().catch(() => {});
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
    throw new Error(
      `The metadata server at ${host} did not say where Google's APIs are (${(cause as Error).message}).` +
        ' Fix: start the local cloud, or unset GCE_METADATA_HOST.',
      { cause },
    );
  }
}

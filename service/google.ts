import { type GoogleClients, googleClients } from '../secrets/clients.ts';
import { UnauthenticatedError } from '../secrets/errors.ts';
import { loadConfig, loadConfigIfChanged } from '../secrets/load.ts';
import { parseKeyName } from '../secrets/reference.ts';
import type { ServiceConfig } from './config.ts';
import type { ConfigSource } from './secret/live-secret.ts';
import type { TokenIssuer } from './tokens.ts';

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

/** Starts opening Google's clients and returns at once what waits for them. */
export function connectToGoogle({ metadataHost, reference }: ServiceConfig): Google {
  const endpoint = metadataHost ? localEndpoint(metadataHost) : Promise.resolve(undefined);
  const clients = openClients(endpoint, parseKeyName(reference.key).project);
  clients.catch(() => {}); // thrown again by whichever call comes first
  return {
    source: {
      load: () => withAcceptedToken(clients, async () => loadConfig(await clients, reference)),
      loadIfChanged: (generation) =>
        withAcceptedToken(clients, async () => loadConfigIfChanged(await clients, reference, generation)),
    },
    callerEmail: async () => (await clients).callerEmail(),
    tokenIssuer: async () => {
      const local = await endpoint;
      return local ? { names: [local], certificates: `${local}/oauth2/v3/certs` } : google;
    },
  };
}

/** A token may end before its time: it was revoked, or this machine's clock is not Google's. */
async function withAcceptedToken<Result>(
  clients: Promise<GoogleClients>,
  call: () => Promise<Result>,
): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof UnauthenticatedError)) throw error;
    // Without credentials there is no token to forget, and the second call fails like the first.
    await (await clients).forgetToken().catch(() => {});
    return call();
  }
}

async function openClients(endpoint: Promise<string | undefined>, projectId: string): Promise<GoogleClients> {
  return googleClients({ endpoint: await endpoint, projectId });
}

/**
 * Asks the metadata server for the custom attribute `api-endpoint`, by which a local cloud names its APIs;
 * any other metadata server has no such attribute (https://cloud.google.com/compute/docs/metadata/querying-metadata).
 */
async function localEndpoint(metadataHost: string): Promise<string | undefined> {
  const url = `http://${metadataHost}/computeMetadata/v1/instance/attributes/api-endpoint`;
  const headers = { 'metadata-flavor': 'Google' };
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) }).catch(
    (error: Error) => error,
  );
  if (answer instanceof Response && answer.ok) return new URL((await answer.text()).trim()).origin;
  if (answer instanceof Response && answer.status === 404) return undefined;
  throw new Error(
    `The metadata server at ${metadataHost} ${answer instanceof Response ? `answered ${answer.status}` : 'did not answer'}.` +
      ' Fix: start the local cloud, or unset GCE_METADATA_HOST.',
    { cause: answer },
  );
}

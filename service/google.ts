import { type GoogleClients, googleClients } from '../secrets/clients.ts';
import { type LoadedConfig, loadConfig } from '../secrets/load.ts';
import { parseKeyName } from '../secrets/reference.ts';
import type { ServiceConfig } from './config.ts';

/** What the app asks of Google. */
export interface Google {
  readonly load: () => Promise<LoadedConfig>;
  readonly callerEmail: () => Promise<string | undefined>;
}

/** Starts opening Google's clients and returns at once what waits for them. */
export function connectToGoogle(config: ServiceConfig): Google {
  const clients = openClients(config);
  clients.catch(() => {}); // thrown again by whichever call comes first
  return {
    load: async () => loadConfig(await clients, config.reference),
    callerEmail: async () => (await clients).callerEmail(),
  };
}

async function openClients({ metadataHost, reference }: ServiceConfig): Promise<GoogleClients> {
  return googleClients({
    endpoint: metadataHost ? await localEndpoint(metadataHost) : undefined,
    projectId: parseKeyName(reference.key).project,
  });
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

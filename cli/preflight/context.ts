import type { GoogleClients } from '@cloud-run-identity/secrets';
import type { Settings } from '../../settings/index.ts';
import { NotProvenError } from '../checks/check.ts';
import { type Api, endpointOf, isLocal } from '../google/environment.ts';
import type { Environment } from '../io.ts';

/** A project that is to be deployed to, and who looks. */
export interface Preflight {
  readonly settings: Settings;
  readonly clients: GoogleClients;
  readonly environment: Environment;
}

/** Something that a deployment needs; `look` says what was seen, or throws as a Check does. */
export interface Need {
  readonly name: string;
  readonly look: (preflight: Preflight) => Promise<string>;
}

/**
 * Where an API is asked. A local cloud has not all of them, and then nobody else is asked.
 *
 * @throws NotProvenError
 */
export function endpointFor({ environment }: Preflight, api: Api): string {
  const endpoint = endpointOf(environment, api);
  if (!isLocal(environment) || !endpoint.startsWith('https://')) return endpoint;
  throw new NotProvenError(
    `the local cloud has no ${api}.googleapis.com`,
    'npx cloud-run-identity preflight, without the environment of a local cloud',
  );
}

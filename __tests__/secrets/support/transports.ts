import type { Caller, ConfigApis } from '../../../secrets/apis.ts';
import { googleClients } from '../../../secrets/clients.ts';
import { bearer } from '../../../secrets/direct/credentials.ts';
import { directApis } from '../../../secrets/direct/direct-apis.ts';

/** One of the ways to reach Google; what holds for one must hold for the other. */
export interface Transport {
  readonly name: string;
  open(endpoint: string, accessToken: string): Promise<ConfigApis & Caller>;
}

/** Google's official clients, which are the measure, and direct REST. */
export const transports: readonly Transport[] = [
  {
    name: 'the official clients',
    open: (endpoint, accessToken) => googleClients({ endpoint, accessToken }),
  },
  {
    name: 'direct REST',
    open: async (endpoint, accessToken) =>
      directApis(bearer(accessToken), { kms: endpoint, storage: endpoint }),
  },
];

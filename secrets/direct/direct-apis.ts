import type { Caller, ConfigApis } from '../apis.ts';
import { UnauthenticatedError } from '../errors.ts';
import { directCipher } from './cipher-calls.ts';
import type { Credentials } from './credentials.ts';
import { directReader } from './object-read.ts';

/** Where the APIs are. */
export interface Endpoints {
  /** Base address of Cloud KMS. @default Google's own */
  readonly kms?: string | undefined;
  /** Base address of Cloud Storage. @default Google's own */
  readonly storage?: string | undefined;
}

/**
 * Cloud Storage and Cloud KMS by direct REST: what a service needs to start, and nothing else. Google's official
 * clients, which do the same, take half a second to load; both are held to the same tests.
 */
export function directApis(credentials: Credentials, endpoints: Endpoints = {}): ConfigApis & Caller {
  const { kms = 'https://cloudkms.googleapis.com', storage = 'https://storage.googleapis.com' } = endpoints;
  return {
    ...directCipher(kms, credentials),
    ...directReader(storage, credentials),
    callerEmail: () => credentials.email(),
    forgetToken: async () => credentials.forget(),
    identityToken: async (audience) => {
      if (credentials.identityToken) return credentials.identityToken(audience);
      throw new UnauthenticatedError(
        'An access token does not give identity tokens.',
        'run where there is a metadata server, or with credentials of a service account.',
      );
    },
  };
}

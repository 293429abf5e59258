import { endpointOf, isLocal } from '../google/environment.ts';
import type { OpenSecret } from './open.ts';

/**
 * Email of whoever runs the command, by Google: credentials of people do not have it, but what they log in with may ask
 * for it (https://developers.google.com/identity/openid-connect/openid-connect#obtaininguserprofileinformation).
 *
 * @returns undefined where Google does not say
 */
export async function callerOf({ clients, io }: OpenSecret): Promise<string | undefined> {
  try {
    const known = await clients.callerEmail();
    if (known !== undefined) return known;
    // A local cloud takes the place of Google's OAuth server, too.
    const base = isLocal(io.environment)
      ? endpointOf(io.environment, 'cloudkms')
      : 'https://www.googleapis.com';
    const answer = await clients.request<{ email?: unknown }>({ url: `${base}/oauth2/v3/userinfo` });
    return typeof answer.email === 'string' ? answer.email : undefined;
  } catch {
    return undefined;
  }
}

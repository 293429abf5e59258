import { CommandError } from '../errors.ts';
import { endpointOf, isLocal } from '../google/environment.ts';
import type { Deployment } from './deployment.ts';

/** What a service answered. */
export interface ServiceAnswer {
  readonly status: number;
  readonly text: string;
}

/** An instance may have to start first. */
const PATIENCE_MILLISECONDS = 30_000;

/**
 * Asks the service as whoever runs the command, with an identity token for its address
 * (https://cloud.google.com/run/docs/authenticating/developers).
 *
 * @param address of the service, without a path
 * @throws CommandError when it does not answer, or no identity token is to be had
 */
export async function askService(
  deployment: Deployment,
  address: string,
  path: string,
): Promise<ServiceAnswer> {
  const { url } = deployment;
  if (url !== undefined) return get(url, path);
  return get(address, path, await identityToken(deployment, address));
}

/** Asks the service as anybody would. @throws CommandError when it does not answer */
export async function askAnonymously(address: string, path: string): Promise<ServiceAnswer> {
  return get(address, path);
}

async function get(address: string, path: string, token?: string): Promise<ServiceAnswer> {
  try {
    const answer = await fetch(new URL(path, address), {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    });
    return { status: answer.status, text: await answer.text() };
  } catch (cause) {
    throw new CommandError(`${address} does not answer (${(cause as Error).message}).`, { cause });
  }
}

async function identityToken(
  { clients, declared, environment }: Deployment,
  audience: string,
): Promise<string> {
  try {
    if (!isLocal(environment)) return await clients.identityToken(audience);
    // A local cloud takes the place of Google's OAuth server, too.
    const url = `${endpointOf(environment, 'cloudkms')}/local/v1/identity-tokens`;
    return (await clients.request<{ token: string }>({ url, method: 'POST', body: { audience } })).token;
  } catch {
    const proxy = `gcloud run services proxy ${declared.name} --project=${declared.projectId} --region=${declared.region}`;
    throw new CommandError(
      `Your credentials give no identity token for ${audience}, which a private service asks for. ` +
        `Run ${proxy}, and this command with --url http://127.0.0.1:8080.`,
    );
  }
}

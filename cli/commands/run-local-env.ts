import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { clientEnvironment, type LocalPrincipal } from '@cloud-run-identity/local-cloud';
import { CommandError } from '../errors.ts';
import { type Io, print } from '../io.ts';
import type { LocalEndpoint } from '../local/cloud/endpoint-file.ts';
import { type Format, formatVariables } from '../local/cloud/shells.ts';

/** Arguments of `cloud-run-identity local env`. */
export interface RunLocalEnvOptions {
  readonly endpoint: LocalEndpoint;
  /** Where a kubeconfig is written. */
  readonly directory: string;
  /** `owner`, `user:EMAIL` or `serviceAccount:EMAIL`. */
  readonly as: string;
  readonly format: Format;
}

/**
 * The command `local env`: prints what points Terraform, gcloud, kubectl and Google's libraries at the running local
 * cloud, as the chosen principal; for kubectl it writes a kubeconfig beside the state.
 *
 * @throws CommandError when the principal is none
 */
export async function runLocalEnv(
  io: Io,
  { endpoint, directory, as, format }: RunLocalEnvOptions,
): Promise<void> {
  const variables = {
    ...(await localEnvironment(endpoint, as)),
    ...(await kubeconfig(endpoint, as, directory)),
  };
  print(io, formatVariables(variables, format));
}

/**
 * The environment of a process that uses the local cloud.
 *
 * @param as `owner`, `user:EMAIL` or `serviceAccount:EMAIL`
 * @throws CommandError in the local cloud's own words
 */
export async function localEnvironment(endpoint: LocalEndpoint, as: string): Promise<Record<string, string>> {
  const { url, projectId, region, ownerToken, owner } = endpoint;
  const answer = await fetch(`${url}/local/v1/principals`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ownerToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ member: as === 'owner' ? owner : as }),
  });
  const body = (await answer.json()) as LocalPrincipal & { error?: { message: string } };
  if (!answer.ok) throw new CommandError(`The local cloud at ${url} refused: ${body.error?.message}`);
  return clientEnvironment({ url, projectId, region, principal: body });
}

/**
 * Writes a kubeconfig of the local GKE for a principal, which only this person may read: who has it is that principal.
 * @throws CommandError in the local cloud's own words
 */
export async function kubeconfig(
  { url, owner, ownerToken }: LocalEndpoint,
  as: string,
  directory: string,
): Promise<Record<string, string>> {
  const answer = await fetch(`${url}/local/v1/kubeconfigs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ownerToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ member: as === 'owner' ? owner : as }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new CommandError(`The local cloud at ${url} gave no kubeconfig: ${text}`);
  const file = path.join(directory, `kubeconfig-${as.replace(/[^\w.@-]/g, '-')}.json`);
  await writeFile(file, text, { mode: 0o600 });
  // kubectl reads the first, Terraform's provider the second.
  return { KUBECONFIG: file, KUBE_CONFIG_PATH: file };
}

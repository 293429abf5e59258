import { existsSync } from 'node:fs';
import { googleClients } from '@cloud-run-identity/secrets';
import { readProjectSettings, type ServiceSettings, type Settings } from '../../settings/index.ts';

type SecretSettings = ServiceSettings['secrets'][number];

import { commandFor } from '../advice.ts';
import { CommandError } from '../errors.ts';
import { askToConfirm } from '../input/prompt.ts';
import { type Io, print } from '../io.ts';
import { requireImageBuilder } from '../local/container/image-builder.ts';
import { encryptConfig, readPlaintext } from './encrypt.ts';
import { requireTerraform, runCdktf } from './terraform.ts';

/** Where to deploy to, and whether to ask first. */
export interface RunDeployOptions {
  readonly projectDirectory: string;
  /** Path of the plaintext of the config; it is encrypted when there is no encrypted one yet. */
  readonly config: string;
  /** Whether the question was answered beforehand. */
  readonly yes: boolean;
  /** Variables besides those of this process: what leads to a local cloud. */
  readonly environment: Readonly<Record<string, string>>;
  /** Arguments that cdktf gets besides its own. */
  readonly cdktfArguments: readonly string[];
  /** What is deployed to, for people: `Google Cloud`. */
  readonly target: string;
}

/** The stacks by name, in the order in which they are deployed. */
const FOUNDATION = 'cloud-run-identity-foundation';
const SERVICE = 'cloud-run-identity';

/**
 * The command `deploy`: foundation, encryption, service, after one question. The stacks are deployed one after the
 * other by name, because the key has to exist before the config can be encrypted.
 *
 * @throws CommandError, SecretError
 */
export async function runDeploy(io: Io, options: RunDeployOptions): Promise<void> {
  const { projectDirectory, environment, target } = options;
  const signal = io.stopSignal();
  await requireTerraform(io);
  const settings = readProjectSettings(projectDirectory, { ...io.environment, ...environment });
  await requireImageBuilder(io, settings);
  const missing = missingSecret(settings.services);
  const plaintext =
    missing && (await readPlaintext({ io, name: missing.name, format: missing.format }, options.config));
  const encryption = missing ? `, encrypting ${options.config} with ${missing.keyId}` : '';
  await confirm(io, options.yes, deployQuestion(settings, target, encryption));
  const cdktf = (stack: string) =>
    runCdktf(io, ['deploy', stack, '--auto-approve', ...options.cdktfArguments], {
      projectDirectory,
      environment,
      signal,
    });
  await cdktf(FOUNDATION);
  if (missing && plaintext) {
    const clients = await googleClients({
      endpoint: environment.CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS,
      accessToken: environment.CLOUDSDK_AUTH_ACCESS_TOKEN,
    });
    await encryptConfig({
      plaintext,
      key: missing.keyId,
      encryptedFile: missing.encryptedFile,
      clients,
    });
    print(io, `Encrypted ${options.config} to ${missing.encryptedFile} with ${missing.keyId}`);
  }
  await cdktf(SERVICE);
}

/**
 * The command `destroy`: the service's stack, after one question. The foundation is kept: with the key, everything
 * that it encrypted would be lost.
 *
 * @throws CommandError
 */
export async function runDestroy(io: Io, options: RunDeployOptions): Promise<void> {
  const { projectDirectory, environment, target } = options;
  const signal = io.stopSignal();
  await requireTerraform(io);
  const { projectId } = readProjectSettings(projectDirectory, { ...io.environment, ...environment });
  const what = `Destroy the service, its identity, its bucket and every version of its secret in project ${projectId} on ${target}? Key and image repository are kept.`;
  await confirm(io, options.yes, what);
  await runCdktf(io, ['destroy', SERVICE, '--auto-approve', ...options.cdktfArguments], {
    projectDirectory,
    environment,
    signal,
  });
}

/**
 * The secret that has to be encrypted first, if any.
 * @throws CommandError when it is one of several: each has a plaintext of its own
 */
function missingSecret(services: readonly ServiceSettings[]): SecretSettings | undefined {
  const secrets = services.flatMap((service) => service.secrets);
  const missing = secrets.filter(({ encryptedFile }) => !existsSync(encryptedFile));
  if (missing.length === 0 || secrets.length === 1) return missing[0];
  const commands = missing.map(
    ({ encryptedFile, keyId, format }) =>
      `  ${commandFor({ key: keyId, format: format === 'json' ? undefined : format }, 'encrypt', 'PLAINTEXT', '--out', encryptedFile)}`,
  );
  throw new CommandError(
    `${missing.length} of ${secrets.length} encrypted configs do not exist yet. Make the keys with npx cdktf deploy ${FOUNDATION}, then encrypt each:\n${commands.join('\n')}`,
  );
}

function deployQuestion({ projectId, region }: Settings, target: string, encryption: string): string {
  return `Deploy ${FOUNDATION} and ${SERVICE} to project ${projectId} (${region}) on ${target}${encryption}?`;
}

async function confirm(io: Io, yes: boolean, question: string): Promise<void> {
  if (yes) return;
  if (!io.stdin.isTTY) {
    throw new CommandError(`${question} There is no terminal to ask on: say so beforehand with --yes.`);
  }
  if (!(await askToConfirm(io, question))) throw new CommandError('Nothing was changed.');
}

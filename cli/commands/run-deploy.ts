import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { googleClients } from '../../secrets/clients.ts';
import { CommandError } from '../errors.ts';
import { type ConfigFile, configFiles } from '../local/config-files.ts';
import { requireImageBuilder } from '../local/container/image-builder.ts';
import { readStacks, type Stacks } from '../local/stacks.ts';
import { synthesizeTemporarily } from '../local/synthesize-temporarily.ts';
import { encryptConfig, readPlaintext } from './encrypt.ts';
import { stopOnSignals } from './stop-signals.ts';
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
export async function runDeploy(options: RunDeployOptions): Promise<void> {
  const { projectDirectory, environment, target } = options;
  const signal = stopOnSignals();
  await requireTerraform();
  const stacks = readStacks(await synthesizeTemporarily(projectDirectory, environment));
  await requireImageBuilder(stacks.service.json);
  const missing = missingConfig(configFiles(stacks.service));
  const plaintext = missing && (await readPlaintext(options.config));
  const encryption = missing ? `, encrypting ${options.config} with ${missing.key}` : '';
  await confirm(options.yes, deployQuestion(stacks, target, encryption));
  const cdktf = (stack: string) =>
    runCdktf(['deploy', stack, '--auto-approve', ...options.cdktfArguments], {
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
    await encryptConfig({ plaintext, key: missing.key, encryptedFile: missing.path, clients });
    console.log(`Encrypted ${options.config} to ${missing.path} with ${missing.key}`);
  }
  await cdktf(SERVICE);
}

/**
 * The command `destroy`: the service's stack, after one question. The foundation is kept: with the key, everything
 * that it encrypted would be lost.
 *
 * @throws CommandError
 */
export async function runDestroy(options: RunDeployOptions): Promise<void> {
  const { projectDirectory, environment, target } = options;
  const signal = stopOnSignals();
  await requireTerraform();
  const { projectId } = readStacks(await synthesizeTemporarily(projectDirectory, environment));
  const what = `Destroy the service, its identity, its bucket and every version of its secret in project ${projectId} on ${target}? Key and image repository are kept.`;
  await confirm(options.yes, what);
  await runCdktf(['destroy', SERVICE, '--auto-approve', ...options.cdktfArguments], {
    projectDirectory,
    environment,
    signal,
  });
}

/**
 * The config that has to be encrypted first, if any.
 * @throws CommandError when it is one of several: each has a plaintext of its own
 */
function missingConfig(files: readonly ConfigFile[]): ConfigFile | undefined {
  const missing = files.filter((file) => !existsSync(file.path));
  if (missing.length === 0 || files.length === 1) return missing[0];
  const commands = missing.map(
    (file) => `  npm run secrets -- encrypt PLAINTEXT --out ${file.path} --kms-key ${file.key}`,
  );
  throw new CommandError(
    `${missing.length} of ${files.length} encrypted configs do not exist yet. Make the keys with npx cdktf deploy ${FOUNDATION}, then encrypt each:\n${commands.join('\n')}`,
  );
}

function deployQuestion({ projectId, region }: Stacks, target: string, encryption: string): string {
  return `Deploy ${FOUNDATION} and ${SERVICE} to project ${projectId} (${region}) on ${target}${encryption}?`;
}

async function confirm(yes: boolean, question: string): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new CommandError(`${question} There is no terminal to ask on: say so beforehand with --yes.`);
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`${question} [y/N] `);
  prompt.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('Nothing was changed.');
}

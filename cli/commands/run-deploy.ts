import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { googleClients } from '../../secrets/clients.ts';
import { CommandError } from '../errors.ts';
import { requireImageBuilder } from '../local/container/image-builder.ts';
import { readStacks, type Stacks } from '../local/stacks.ts';
import { synthesizeTemporarily } from '../local/synthesize-temporarily.ts';
import { encryptConfig, readPlaintext } from './encrypt.ts';
import { stopOnSignals } from './stop-signals.ts';
import { requireTerraform, runCdktf } from './terraform.ts';

/** Where to deploy to, and whether to ask first. */
export interface RunDeployOptions {
  readonly projectDirectory: string;
  /** Plaintext of the config; it is encrypted when there is no encrypted one yet. */
  readonly config: string;
  /** Path of the ciphertext that the service's stack uploads. */
  readonly encryptedFile: string;
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
  const { projectDirectory, environment, encryptedFile, target } = options;
  const signal = stopOnSignals();
  await requireTerraform();
  const stacks = readStacks(await synthesizeTemporarily(projectDirectory, environment));
  await requireImageBuilder(stacks.service.json);
  const isEncrypted = existsSync(path.resolve(projectDirectory, encryptedFile));
  const plaintext = isEncrypted ? undefined : await readPlaintext(options.config);
  await confirm(options.yes, deployQuestion(stacks, target, isEncrypted ? undefined : options));
  const cdktf = (stack: string) =>
    runCdktf(['deploy', stack, '--auto-approve', ...options.cdktfArguments], {
      projectDirectory,
      environment,
      signal,
    });
  await cdktf(FOUNDATION);
  if (plaintext) {
    const clients = await googleClients({
      endpoint: environment.CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS,
      accessToken: environment.CLOUDSDK_AUTH_ACCESS_TOKEN,
    });
    await encryptConfig({ plaintext, key: stacks.key, encryptedFile, clients });
    console.log(`Encrypted ${options.config} to ${encryptedFile} with ${stacks.key}`);
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

function deployQuestion(
  { projectId, region, key }: Stacks,
  target: string,
  encrypt: { config: string; encryptedFile: string } | undefined,
): string {
  const encryption = encrypt ? `, encrypting ${encrypt.config} with ${key}` : '';
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

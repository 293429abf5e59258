import path from 'node:path';
import { readProjectSettings } from '../../settings/index.ts';
import { type Finding, lookAt } from '../checks/check.ts';
import { requireApproved } from '../deploy/approved.ts';
import { carryOver, encryptCommand, isApiOff } from '../deploy/carry-over.ts';
import type { Consent } from '../deploy/consent.ts';
import { askAndApply, type Deploying, planStack, stackOf } from '../deploy/deploying.ts';
import { isFileOf, keepFile } from '../deploy/encrypted-file.ts';
import { whenActive } from '../deploy/patience.ts';
import { type DeployedSecret, secretsOf } from '../deploy/secrets.ts';
import { neverWritten, noteWhatLives, planService } from '../deploy/service-plan.ts';
import { findTerraform, requireVersion } from '../deploy/terraform.ts';
import { CommandError } from '../errors.ts';
import { clientsOfEnvironment } from '../google/environment.ts';
import { type Environment, type Io, print } from '../io.ts';
import { requireImageBuilder } from '../local/container/image-builder.ts';
import { synthesize } from '../local/synthesize.ts';
import { imageThere } from '../preflight/image.ts';
import { lookBeforePlanning } from '../preflight/preflight.ts';
import { firstChanges } from '../secret/key-changes.ts';
import { encryptConfig, readPlaintext } from './encrypt.ts';

/** Where to deploy to, and what was agreed to beforehand. */
export interface RunDeployOptions {
  readonly projectDirectory: string;
  /** Path of the plaintext of the config; it is encrypted when there never was a config. */
  readonly config: string;
  readonly consent: Consent;
  /** Secrets, as `bucket/object`, whose file on this machine is said to be the newest. */
  readonly newest: readonly string[];
  /** The review.json that was approved: anything else is refused. @default whatever the project synthesizes */
  readonly approved?: string | undefined;
  /** For the app, Terraform and Google's clients: that of this process, or what leads to a local cloud. */
  readonly environment: Environment;
  /** Whether what a deployment needs is looked at first. */
  readonly preflight: boolean;
  /** Folder for the synthesized stacks, in which Terraform works. */
  readonly outputDirectory: string;
  /** What is deployed to, for people: `Google Cloud`. */
  readonly target: string;
}

/**
 * The command `deploy`: plans, shows, asks and applies exactly what was shown, the foundation and then the service. A
 * foundation that stands already is planned and asked about together with the service; one that does not has to be
 * applied first, because only then can there be a key, and a plan that knows it.
 *
 * @throws CommandError, SecretError
 */
export async function runDeploy(io: Io, options: RunDeployOptions): Promise<void> {
  const deploying = await begin(io, options);
  const { secrets, settings, terraform } = deploying;
  const look = { ...deploying, environment: options.environment };
  if (options.preflight) stopAtBroken(await lookBeforePlanning(look));
  const expected = await firstSecrets(deploying).catch((error: unknown) => {
    // A new project: what there is, is told once the foundation has turned the APIs on.
    if (isApiOff(error)) return { config: secrets.find((secret) => !isFileOf(secret)) };
    throw error;
  });
  const plaintext = expected.config && (await readPlaintext({ io, ...expected.config }, options.config));
  const stacks = await deploying.synthesize();
  const foundation = await planStack(deploying, stackOf(stacks, settings.stacks.foundation));
  const isNew = foundation.planned.changes.some(({ action }) => action === 'added');
  if (isNew) await askAndApply(deploying, [foundation], 'Deploy');
  const first = await whenActive(terraform, () => firstSecrets(deploying));
  if (first.config && plaintext) await encryptFirst(deploying, first.config, plaintext, options.config);
  if (first.others.length > 0) throw toBeEncrypted(first.others, secrets.length);
  if (options.preflight) stopAtBroken([await lookAt(imageThere.name, () => imageThere.look(look))]);
  const service = await planService(deploying, options.newest);
  await noteWhatLives(deploying);
  await askAndApply(deploying, isNew ? [service] : [foundation, service], 'Deploy');
  await noteWhatLives(deploying, options.newest);
}

/** What nobody can tell stops no deployment: Terraform will tell. @throws CommandError */
function stopAtBroken(findings: readonly Finding[]): void {
  const broken = findings.filter(({ state }) => state === 'broken');
  if (broken.length === 0) return;
  const lines = broken.map(({ check, text, fix }) => `  ${check}: ${text}\n    ${fix}`);
  throw new CommandError(
    `The deployment would fail. What is to be mended first (--no-preflight deploys all the same):\n${lines.join('\n')}`,
  );
}

/**
 * The command `destroy`: the service's stack, after the same screen and question. The foundation is kept: with the key,
 * everything that it encrypted would be lost. The newest ciphertext is fetched first, for a later deployment.
 *
 * @throws CommandError, SecretError
 */
export async function runDestroy(io: Io, options: RunDeployOptions): Promise<void> {
  const deploying = await begin(io, options);
  const { settings } = deploying;
  const stacks = await deploying.synthesize();
  const plan = await planStack(deploying, stackOf(stacks, settings.stacks.service), ['-destroy']);
  await noteWhatLives(deploying);
  const kept = plan.planned.isEmpty ? [] : await keepNewest(deploying);
  const { yes } = deploying.consent;
  const consent: Consent = { yes, widen: true, lose: yes ? 'all' : [] };
  await askAndApply({ ...deploying, consent }, [plan], 'Destroy');
  const rest =
    'Kept: the keys, the image repository, the APIs. A later deployment brings the service back with the newest config.';
  print(io, [rest, ...kept].join('\n'));
}

/** Fetches the newest ciphertexts, before what holds them is gone. */
async function keepNewest({ clients, secrets }: Deploying): Promise<string[]> {
  const lines: string[] = [];
  for (const secret of secrets) {
    try {
      const { state, from } = await carryOver(clients, { secret, before: undefined });
      if (state !== 'first') lines.push(`${secret.file} has the ciphertext of ${from}.`);
    } catch (error) {
      // What cannot be used again need not keep anybody from cleaning up.
      if (!(error instanceof CommandError)) throw error;
      lines.push(`gs://${secret.bucket}/${secret.object} could not be kept: ${error.message}`);
    }
  }
  return lines;
}

async function begin(io: Io, options: RunDeployOptions): Promise<Deploying> {
  const { projectDirectory, environment, outputDirectory, consent, target } = options;
  const signal = io.stopSignal();
  const program = await findTerraform({ environment });
  const settings = readProjectSettings(projectDirectory, environment);
  requireVersion(program, settings);
  await requireImageBuilder({ environment }, settings);
  return {
    io,
    settings,
    consent,
    target,
    secrets: secretsOf(settings),
    clients: await clientsOfEnvironment(environment, settings.projectId),
    terraform: { io, program, environment, signal },
    synthesize: async () => {
      const stacks = await synthesize({ projectDirectory, outputDirectory, environment, signal });
      if (options.approved !== undefined) requireApproved(options.approved, outputDirectory);
      return stacks;
    },
  };
}

/** The config of a single service and the other secrets, as far as they were never written and have no file. */
async function firstSecrets(deploying: Deploying) {
  const first = await neverWritten(deploying);
  const isSingle = deploying.settings.services.length === 1;
  const config = isSingle ? first.find(({ name }) => name === 'config') : undefined;
  return { config, others: first.filter((secret) => secret !== config) };
}

async function encryptFirst(
  { clients, io }: Deploying,
  { key, file, bucket, object, name, format }: DeployedSecret,
  plaintext: Uint8Array,
  config: string,
): Promise<void> {
  await keepFile(file);
  const keysChanged = await firstChanges({ io, name, format }, plaintext);
  await encryptConfig({
    plaintext,
    key,
    object: { bucket, object },
    encryptedFile: file,
    clients,
    keysChanged,
  });
  print(io, `Encrypted ${path.basename(config)} to ${file} with ${key}`);
}

function toBeEncrypted(secrets: readonly DeployedSecret[], count: number): CommandError {
  const commands = secrets.map((secret) => `  ${encryptCommand(secret, 'PLAINTEXT')}`);
  return new CommandError(
    `${secrets.length} of ${count} secrets have never been written, and their encrypted files do not exist yet. ` +
      `Encrypt each, and deploy again:\n${commands.join('\n')}`,
  );
}

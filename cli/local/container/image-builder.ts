import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Settings } from '../../../settings/index.ts';
import { CommandError } from '../../errors.ts';
import type { Io } from '../../io.ts';
import { engineProblem } from './docker.ts';

/** Docker's own configuration, as far as it says where credentials are. */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** What of the settings says where the image is built, and which registry it is pushed to. */
type ImageSettings = Pick<Settings, 'imageBuild' | 'region'>;

/**
 * Where a deployment builds the image with Docker, makes sure before anything is deployed that it can: an engine
 * answers, and Docker has credentials for the registry.
 *
 * @throws CommandError with all problems at once
 */
export async function requireImageBuilder(
  io: Pick<Io, 'environment'>,
  { imageBuild, region }: ImageSettings,
): Promise<void> {
  if (imageBuild !== 'docker') return;
  const registry = `${region}-docker.pkg.dev`;
  const engine = await engineProblem();
  const problems = [
    ...(engine === undefined ? [] : [`No Docker engine answers: ${engine}. Fix: start one.`]),
    ...((await hasCredentials(io, registry))
      ? []
      : [`Docker has no credentials for ${registry}. Fix: gcloud auth configure-docker ${registry}.`]),
  ];
  if (problems.length === 0) return;
  throw new CommandError(
    `The service's image cannot be built and pushed:\n${problems.map((problem) => `  - ${problem}\n`).join('')}` +
      'Without Docker, set "imageBuild" to cloud-build, or to none and "image" to an image that is there.',
  );
}

async function hasCredentials(io: Pick<Io, 'environment'>, registry: string): Promise<boolean> {
  const { auths = {}, credHelpers = {}, credsStore } = await dockerConfig(io);
  return credsStore !== undefined || registry in credHelpers || registry in auths;
}

/** https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties */
async function dockerConfig({ environment }: Pick<Io, 'environment'>): Promise<DockerConfig> {
  const directory = environment.DOCKER_CONFIG ?? path.join(homedir(), '.docker');
  const file = path.join(directory, 'config.json');
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    // Not what it holds: that may be a password.
    throw new CommandError(`Docker's configuration ${file} cannot be read. Fix: it must be JSON.`);
  }
}

import path from 'node:path';
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { projectDirectoryOf } from '../project-directory.ts';
import type { RunDeployOptions } from './run-deploy.ts';

interface Options {
  readonly local?: boolean;
  readonly yes?: boolean;
}

/** Adds `deploy` and `destroy`: both stacks in their order with the real cdktf, on Google Cloud or a local one. */
export function addDeployCommands(program: Command, io: Io): void {
  program
    .command('deploy')
    .description('deploy foundation and service with cdktf, encrypting config.json in between when needed')
    .option('--local', 'to the running local cloud instead of Google Cloud')
    .option('--yes', 'do not ask')
    .action(async (options: Options) => {
      const { runDeploy } = await import('./run-deploy.ts');
      await runDeploy(io, await deployOptions(io, options));
    });
  program
    .command('destroy')
    .description('destroy the service with cdktf; the key and what else must outlive it are kept')
    .option('--local', 'on the running local cloud instead of Google Cloud')
    .option('--yes', 'do not ask')
    .action(async (options: Options) => {
      const { runDestroy } = await import('./run-deploy.ts');
      await runDestroy(io, await deployOptions(io, options));
    });
}

async function deployOptions(io: Io, options: Options): Promise<RunDeployOptions> {
  const projectDirectory = projectDirectoryOf(io);
  const config = path.join(projectDirectory, 'config.json');
  const common = { projectDirectory, config, yes: options.yes ?? false };
  if (!options.local) {
    return { ...common, environment: {}, cdktfArguments: [], target: 'Google Cloud' };
  }
  const { defaultDataDirectory, readEndpoint } = await import('../local/cloud/endpoint-file.ts');
  const { localEnvironment } = await import('./run-local-env.ts');
  const directory = defaultDataDirectory(projectDirectory);
  const endpoint = await readEndpoint(directory);
  const relative = path.relative(projectDirectory, directory);
  return {
    ...common,
    environment: {
      ...(await localEnvironment(endpoint, 'owner')),
      // A state or ciphertext of the real Google Cloud is never touched.
      ENCRYPTED_CONFIG_FILE: path.join(relative, 'config.enc'),
      // It has a repository, but no registry to push to; its Cloud Run runs what is here.
      GCP_IMAGE_BUILD: 'none',
      TERRAFORM_STATE_DIRECTORY: relative,
    },
    cdktfArguments: ['--output', path.join(directory, 'cdktf.out'), '--skip-provider-lock'],
    target: `the local cloud at ${endpoint.url}`,
  };
}

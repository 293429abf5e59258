import path from 'node:path';
import { type Command, Option } from 'commander';
import { type Io, pathOf } from '../io.ts';
import { projectDirectoryOf } from '../project-directory.ts';
import type { RunDeployOptions } from './run-deploy.ts';
import { addGoogleOptions, addJsonOption } from './target-options.ts';

interface Options {
  readonly local?: boolean;
  readonly yes?: boolean;
  readonly widen?: boolean;
  readonly lose?: readonly string[];
  readonly newest?: readonly string[];
  readonly approved?: string;
  readonly preflight?: boolean;
}

/** Adds `deploy` and `destroy`: both stacks in their order with Terraform, on Google Cloud or a local one. */
export function addDeployCommands(program: Command, io: Io): void {
  addGoogleOptions(program.command('deploy'))
    .description('plan foundation and service, show what happens, ask, and apply exactly that')
    .option('--local', 'to the running local cloud instead of Google Cloud')
    .option('--yes', 'do not ask: refuses what widens access or loses something that is not named')
    .option('--widen', 'with --yes: somebody may gain access')
    .option('--approved <review>', 'deploy only what this review.json approves, to the byte')
    .addOption(repeated('--lose <name>', 'a bucket, or key, that may be lost; once for each'))
    .addOption(
      repeated(
        '--newest <bucket/object>',
        'its encrypted file here is the newest config, whatever the key remembers',
      ),
    )
    .option('--no-preflight', 'do not look first whether the project has what a deployment needs')
    .action(async (options: Options) => {
      const { runDeploy } = await import('./run-deploy.ts');
      await runDeploy(io, await deployOptions(io, options));
    });
  addGoogleOptions(program.command('destroy'))
    .description('destroy the service; the keys and what else must outlive it are kept')
    .option('--local', 'on the running local cloud instead of Google Cloud')
    .option('--yes', 'do not ask: everything that it lists may be lost')
    .action(async (options: Options) => {
      const { runDestroy } = await import('./run-deploy.ts');
      await runDestroy(io, await deployOptions(io, options));
    });
}

/** Adds `preflight`. */
export function addPreflightCommand(program: Command, io: Io): void {
  addGoogleOptions(addJsonOption(program.command('preflight')))
    .description('look whether the project, your rights and this machine have what a deployment needs')
    .action(async ({ json }: { json?: boolean }) => {
      const { runPreflight } = await import('./run-preflight.ts');
      await runPreflight(io, { projectDirectory: projectDirectoryOf(io), json });
    });
}

function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: string[] = []) => [
    ...before,
    value,
  ]);
}

async function deployOptions(io: Io, options: Options): Promise<RunDeployOptions> {
  const { local, yes = false, widen = false, lose = [], newest = [], preflight = true } = options;
  const projectDirectory = projectDirectoryOf(io);
  const common = {
    projectDirectory,
    newest,
    approved: options.approved === undefined ? undefined : pathOf(io, options.approved),
    preflight,
    config: path.join(projectDirectory, 'config.json'),
  };
  if (!local) {
    return {
      ...common,
      consent: { yes, widen, lose },
      environment: io.environment,
      outputDirectory: path.join(projectDirectory, 'cdktf.out'),
      target: 'Google Cloud',
    };
  }
  const { defaultDataDirectory, readEndpoint } = await import('../local/cloud/endpoint-file.ts');
  const { encryptedFilesIn } = await import('../local/encrypted-files.ts');
  const { kubeconfig, localEnvironment } = await import('./run-local-env.ts');
  const directory = defaultDataDirectory(projectDirectory);
  const endpoint = await readEndpoint(directory);
  const relative = path.relative(projectDirectory, directory);
  const localKubernetes = async () => {
    const { readProjectSettings } = await import('../../settings/index.ts');
    if (readProjectSettings(projectDirectory, io.environment).cluster === undefined) return {};
    const { projectId, region } = endpoint;
    return {
      ...(await kubeconfig(endpoint, 'owner', directory)),
      GKE_CLUSTER: `projects/${projectId}/locations/${region}/clusters/local`,
      GKE_KUBE_CONTEXT: 'local-gke',
    };
  };
  return {
    ...common,
    // Nobody gains access to anything but what is on this machine.
    consent: { yes, widen: true, lose },
    environment: {
      ...io.environment,
      ...(await localEnvironment(endpoint, 'owner')),
      ...(await localKubernetes()),
      // It has every region.
      GCP_REGION: io.environment.GCP_REGION,
      // A state or ciphertext of the real Google Cloud is never touched.
      ...encryptedFilesIn(relative, projectDirectory, io.environment),
      // It has a repository, but no registry to push to; its Cloud Run runs what is here.
      GCP_IMAGE_BUILD: 'none',
      TERRAFORM_STATE_DIRECTORY: relative,
    },
    outputDirectory: path.join(directory, 'cdktf.out'),
    target: `the local cloud at ${endpoint.url}`,
  };
}

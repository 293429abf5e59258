import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Io } from '../io.ts';
import { FORMATS, type Format } from '../local/cloud/shells.ts';
import { projectDirectoryOf } from '../project-directory.ts';
import { addEnvironmentOption } from './target-options.ts';

interface DataOption {
  readonly data?: string;
}

interface FaultOptions {
  readonly clear?: boolean;
  readonly member?: string;
  readonly times?: number;
  readonly json?: boolean;
}

interface CloudOptions {
  readonly port: number;
  readonly project?: string;
  readonly propagation?: number;
  readonly weather: 'kind' | 'unkind';
}

/** Adds `local cloud` and `local env`: the local Google Cloud as a program, and what points other programs at it. */
export function addLocalCommands(program: Command, io: Io): void {
  const local = program.command('local').description('the local Google Cloud, for other programs');
  const data = [
    '--data <directory>',
    'where the local cloud keeps its state (default: .local/cloud)',
  ] as const;
  const dataDirectory = async ({ data }: DataOption) => {
    const { defaultDataDirectory } = await import('../local/cloud/endpoint-file.ts');
    return data === undefined ? defaultDataDirectory(projectDirectoryOf(io)) : path.resolve(io.cwd, data);
  };
  // That of `start`, unless a folder is named.
  const runningCloud = async (options: DataOption) => {
    const { runningStart } = await import('../local/cloud/playground.ts');
    const { readEndpoint } = await import('../local/cloud/endpoint-file.ts');
    const started = options.data === undefined ? await runningStart(projectDirectoryOf(io)) : undefined;
    if (started) return started;
    const directory = await dataDirectory(options);
    return { directory, endpoint: await readEndpoint(directory) };
  };
  addEnvironmentOption(local.command('cloud'))
    .description('run the local Google Cloud until Ctrl-C')
    .option('--port <port>', 'where it listens, on loopback', portNumber, 8085)
    .option('--project <id>', 'the project that it holds (default: that of the settings)')
    .option('--propagation <seconds>', 'how long a changed IAM policy takes', wholeNumber)
    .addOption(
      new Option('--weather <weather>', 'whether it is as one would like Google, or as Google can be')
        .choices(['kind', 'unkind'])
        .default('kind'),
    )
    .option(...data)
    .action(async (options: DataOption & CloudOptions) => {
      const { runLocalCloud } = await import('./run-local-cloud.ts');
      const { readProjectSettings } = await import('../../settings/index.ts');
      const { projectId, region } = readProjectSettings(projectDirectoryOf(io), {
        ...io.environment,
        ...(options.project !== undefined && { GCP_PROJECT_ID: options.project }),
      });
      await runLocalCloud(io, {
        dataDirectory: await dataDirectory(options),
        port: options.port,
        projectId,
        region,
        weather: options.weather,
        ...(options.propagation !== undefined && { policyPropagationSeconds: options.propagation }),
      });
    });
  local
    .command('fault')
    .description('show what can break in the running local cloud, break it, mend it')
    .argument('[name]', 'what to break; without it, all are listed')
    .option('--clear', 'mend it, or everything')
    .option('--member <member>', 'whom it hits, such as serviceAccount:EMAIL (default: everybody)')
    .option('--times <count>', 'how many requests it hits (default: all)', wholeNumber)
    .option('--json', 'print what is broken as JSON')
    .option(...data)
    .action(async (name: string | undefined, { data, ...options }: DataOption & FaultOptions) => {
      const { runLocalFault } = await import('./run-local-fault.ts');
      await runLocalFault(io, (await runningCloud({ ...(data && { data }) })).endpoint, { ...options, name });
    });
  local
    .command('env')
    .description(
      'print the environment that leads Terraform, gcloud and libraries to the running local cloud',
    )
    .option('--as <principal>', 'owner, user:EMAIL or serviceAccount:EMAIL', 'owner')
    .addOption(
      new Option('--format <format>', 'for which shell or program')
        .choices(FORMATS)
        .default(process.platform === 'win32' ? 'powershell' : 'sh'),
    )
    .option('--json', 'the same as --format json')
    .option(...data)
    .action(async (options: DataOption & { as: string; format: Format; json?: boolean }) => {
      const { runLocalEnv } = await import('./run-local-env.ts');
      const format = options.json ? 'json' : options.format;
      await runLocalEnv(io, { ...(await runningCloud(options)), as: options.as, format });
    });
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 0 or more.');
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a port: a whole number up to 65535, 0 for any that is free.');
}

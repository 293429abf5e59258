import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { defaultDataDirectory } from '../local/cloud/endpoint-file.ts';
import { FORMATS, type Format } from '../local/cloud/shells.ts';

/** Adds `local cloud` and `local env`: the local Google Cloud as a program, and what points other programs at it. */
export function addLocalCommands(program: Command, projectDirectory: string): void {
  const local = program.command('local').description('the local Google Cloud, for other programs');
  const data = () =>
    new Option('--data <directory>', 'where the local cloud keeps its state').default(
      defaultDataDirectory(projectDirectory),
      path.join('.local', 'cloud'),
    );
  local
    .command('cloud')
    .description('run the local Google Cloud until Ctrl-C')
    .option('--port <port>', 'where it listens, on loopback', wholeNumber, 8085)
    .option('--project <id>', 'the project that it holds (default: that of the settings)')
    .option('--propagation <seconds>', 'how long a changed IAM policy takes', wholeNumber, 0)
    .addOption(data())
    .action(async (options: { port: number; project?: string; propagation: number; data: string }) => {
      const { runLocalCloud } = await import('./run-local-cloud.ts');
      const { projectOfSettings } = await import('./project-of-settings.ts');
      const { projectId, region } = await projectOfSettings(projectDirectory, options.project);
      await runLocalCloud({
        projectDirectory,
        dataDirectory: path.resolve(options.data),
        port: options.port,
        projectId,
        region,
        policyPropagationSeconds: options.propagation,
      });
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
    .addOption(data())
    .action(async (options: { as: string; format: Format; json?: boolean; data: string }) => {
      const { runLocalEnv } = await import('./run-local-env.ts');
      const format = options.json ? 'json' : options.format;
      await runLocalEnv({ dataDirectory: path.resolve(options.data), as: options.as, format });
    });
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 0 or more.');
}

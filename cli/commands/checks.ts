import type { Command } from 'commander';
import { addJsonOption } from './target-options.ts';

interface CheckOptions {
  readonly service?: string;
  readonly url?: string;
  readonly json?: boolean;
}

/** Adds verify and doctor. */
export function addCheckCommands(program: Command, projectDirectory: string): void {
  addCheckOptions(program.command('verify'))
    .description('prove that the deployment is as it must be')
    .action(async (options: CheckOptions) => {
      const { runVerify } = await import('./run-checks.ts');
      await runVerify({ projectDirectory, ...options });
    });
  addCheckOptions(program.command('doctor'))
    .description('find out why it does not work, and what mends it')
    .argument('[error]', 'text of an error that you got: says which link it is about')
    .action(async (error: string | undefined, options: CheckOptions) => {
      const { runDoctor } = await import('./run-checks.ts');
      await runDoctor({ projectDirectory, error, ...options });
    });
}

function addCheckOptions(command: Command): Command {
  return addJsonOption(command)
    .option('--service <name>', 'which one, where the settings have several services')
    .option('--url <url>', 'where the service answers, such as the address of gcloud run services proxy');
}

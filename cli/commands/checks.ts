import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addJsonOption } from './target-options.ts';

interface CheckOptions {
  readonly service?: string;
  readonly url?: string;
  readonly json?: boolean;
}

/** Adds verify, doctor and review. */
export function addCheckCommands(program: Command, io: Io): void {
  addCheckOptions(program.command('verify'))
    .description('prove that the deployment is as it must be')
    .action(async (options: CheckOptions) => {
      const { runVerify } = await import('./run-checks.ts');
      await runVerify(io, { ...options });
    });
  addCheckOptions(program.command('doctor'))
    .description('find out why it does not work, and what mends it')
    .argument('[error]', 'text of an error that you got: says which link it is about')
    .action(async (error: string | undefined, options: CheckOptions) => {
      const { runDoctor } = await import('./run-checks.ts');
      await runDoctor(io, { error, ...options });
    });
  program
    .command('review')
    .description('who gains or loses access between two syntheses: review --against BEFORE [AFTER]')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[arguments...]', 'those of npm run review')
    .action(async (args: string[]) => {
      const { runReview } = await import('./run-review.ts');
      await runReview(io, args);
    });
}

function addCheckOptions(command: Command): Command {
  return addJsonOption(command)
    .option('--service <name>', 'which one, where the settings have several services')
    .option('--url <url>', 'where the service answers, such as the address of gcloud run services proxy');
}

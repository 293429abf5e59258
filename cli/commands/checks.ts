import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import type { RunReviewOptions } from './run-review.ts';
import { addGoogleOptions, addJsonOption, addWhereOptions } from './target-options.ts';

interface CheckOptions {
  readonly service?: string;
  readonly secret?: string;
  readonly url?: string;
  readonly acceptNotProven?: boolean;
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
    .description('say who can do what to which resource, by Terraform that is not deployed yet')
    .argument(
      '[place]',
      'a folder or file of Terraform JSON, such as cdktf.out (default: what the project synthesizes now)',
    )
    .option('--against <before>', 'compare with an earlier one: who gains and loses access')
    .option('--plan <file>', 'review what `terraform show -json PLAN` printed, against what is deployed')
    .option('--json', 'print JSON, for programs')
    .addOption(new Option('--markdown', 'print Markdown, for a pull request').conflicts('json'))
    .option('--sarif <file>', 'write SARIF, for code hosts')
    .option('--out <folder>', 'write review.json, review.md and review.html into a folder')
    .option('--strict', 'let warnings fail, too')
    .option('--public <service...>', 'full names of services that are meant to be public')
    .option('--sources <folder>', 'the code that makes the constructs, for the lines that are shown')
    .addHelpText(
      'after',
      '\nExit codes: 0 as it should be, 1 failed, 2 wrong usage, 3 access was widened, 4 a policy does not hold.',
    )
    .action(async (place: string | undefined, options: Omit<RunReviewOptions, 'place'>) => {
      const { runReview } = await import('./run-review.ts');
      await runReview(io, { place, ...options });
    });
}

function addCheckOptions(command: Command): Command {
  return addWhereOptions(addGoogleOptions(addJsonOption(command)))
    .option('--service <name>', 'which one, where the settings have several services')
    .option('--secret <name>', "which of the service's secrets (default: its first, config)")
    .option('--accept-not-proven', 'what cannot be proven is listed, and is no failure')
    .option('--url <url>', 'where the service answers, such as the address of gcloud run services proxy');
}

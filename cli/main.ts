import path from 'node:path';
import tab from '@bomb.sh/tab/commander';
import { Command, CommanderError } from 'commander';
import { addCheckCommands } from './commands/checks.ts';
import { addDeployCommands } from './commands/deploy.ts';
import { addKeyCommands, addTransferCommands } from './commands/keys.ts';
import { addLocalCommands } from './commands/local.ts';
import { addReadCommands, addWriteCommands } from './commands/secret.ts';
import { EXIT_CODES } from './exit-codes.ts';

const projectDirectory = path.resolve(import.meta.dirname, '..');

/** The command line. Commands import what they need when they run: loading is most of what a command does. */
const program = new Command('cloud-run-identity')
  .description("Operates the secret of a Cloud Run service that only the service's own identity can read.")
  .exitOverride();

program.commandsGroup('Run and deploy:');
program
  .command('start')
  .description('run everything on this machine, without a Google account, until Ctrl-C')
  .option(
    '--container [image]',
    'run the service as a container: an image of the Docker engine, or one built now',
  )
  .action(async ({ container }: { container?: string | true }) => {
    const { runStart } = await import('./commands/run-start.ts');
    await runStart(projectDirectory, container);
  });
addDeployCommands(program, projectDirectory);
addLocalCommands(program, projectDirectory);

program.commandsGroup('The secret:');
addWriteCommands(program, projectDirectory);
addReadCommands(program, projectDirectory);
addTransferCommands(program, projectDirectory);
addKeyCommands(program, projectDirectory);

program.commandsGroup('Checks:');
addCheckCommands(program, projectDirectory);

program.commandsGroup('Shell:');
tab(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  } else {
    const { printFailure } = await import('./failure.ts');
    process.exitCode = printFailure(error);
  }
}

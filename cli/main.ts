#!/usr/bin/env node
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { addDeployCommands } from './commands/deploy.ts';
import { addLocalCommands } from './commands/local.ts';
import { printFailure } from './failure.ts';

const projectDirectory = path.resolve(import.meta.dirname, '..');

/**
 * The command line. Commands import what they need when they run, so that `--help` loads no Google library.
 * Exit codes: 0 done, 1 failed, 2 wrong usage.
 */
const program = new Command('cloud-run-identity')
  .description("Operates the secret of a Cloud Run service that only the service's own identity can read.")
  .exitOverride();

program
  .command('encrypt')
  .description('encrypt a config with Cloud KMS, for the next deployment to upload')
  .argument('[file]', 'JSON file with the config, or - for standard input', 'config.json')
  .option(
    '--key <name>',
    'full resource name of the key (default: the key that the synthesized service decrypts with)',
  )
  .option('--out <file>', 'where the ciphertext goes', 'config.enc')
  .action(async (file: string, options: { key?: string; out: string }) => {
    const { runEncrypt } = await import('./commands/run-encrypt.ts');
    await runEncrypt({ projectDirectory, source: file, encryptedFile: options.out, key: options.key });
  });

program
  .command('start')
  .description('run everything on this machine, without a Google account, until Ctrl-C')
  .action(async () => {
    const { runStart } = await import('./commands/run-start.ts');
    await runStart(projectDirectory);
  });

addDeployCommands(program, projectDirectory);
addLocalCommands(program, projectDirectory);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    printFailure(error);
    process.exitCode = 1;
  }
}

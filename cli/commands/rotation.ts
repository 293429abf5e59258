import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { type AfterWriteOptions, addAfterWriteOptions, afterWrite, waitingOf } from './after-write.ts';
import {
  addEncodingOption,
  addExamples,
  addJsonOption,
  addTargetOptions,
  type EncodingOption,
  type TargetOptions,
  targetOf,
} from './target-options.ts';

/** Adds rotate, propose and approve. */
export function addRotationCommands(program: Command, io: Io): void {
  const rotate = addAfterWriteOptions(addJsonOption(addTargetOptions(program.command('rotate'))));
  addExamples(
    rotate,
    'DB_PASS --with ./rotate-postgres.ts',
    'DB_PASS --with ./rotate-postgres.ts --wait revision',
  )
    .description(
      'replace a credential: create, store, test, switch, wait, retire; goes on where it was stopped',
    )
    .argument('<key>', 'key of the config, such as DB_PASS; of a secret that is text, its name')
    .requiredOption('--with <module>', 'what creates and retires the credential (docs/rotation.md)')
    .action(async (configKey: string, options: TargetOptions & AfterWriteOptions & { with: string }) => {
      const { runRotate } = await import('./run-rotate.ts');
      const { json, orRollback } = options;
      const wait = waitingOf(options);
      await runRotate(io, { ...targetOf(options), configKey, with: options.with, wait, orRollback, json });
    });
  const propose = addEncodingOption(addJsonOption(addTargetOptions(program.command('propose'))));
  addExamples(propose, 'config.json', "- --reason 'a new host' < config.json")
    .description('store a secret that changes nothing until somebody else approves it')
    .argument('[file]', 'file with the secret in clear, or - for standard input', 'config.json')
    .option('--reason <text>', 'why: who approves it sees it, and history')
    .action(async (source: string, options: TargetOptions & EncodingOption & { json?: boolean }) => {
      const { runPropose } = await import('./run-proposal.ts');
      const { encoding, json } = options;
      await runPropose(io, { ...targetOf(options), source, encoding, json });
    });
  const approve = addAfterWriteOptions(addJsonOption(addTargetOptions(program.command('approve'))));
  addExamples(approve, '', '1732665600000001', '1732665600000001 --reject')
    .description('show which keys a proposal changes; with its generation, make it the current secret')
    .argument('[generation]', 'of the proposal, as shown without it')
    .option('--reject', 'delete the proposal instead')
    .action(
      async (
        generation: string | undefined,
        options: TargetOptions & AfterWriteOptions & { reject?: boolean },
      ) => {
        const { runApprove } = await import('./run-proposal.ts');
        const { reject, json } = options;
        await afterWrite(
          io,
          options,
          await runApprove(io, { ...targetOf(options), generation, reject, json }),
        );
      },
    );
}

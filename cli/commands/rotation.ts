import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { type AfterWriteOptions, addAfterWriteOptions, waitingOf } from './after-write.ts';
import {
  addExamples,
  addJsonOption,
  addTargetOptions,
  type TargetOptions,
  targetOf,
} from './target-options.ts';

/** Adds rotate. */
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
}

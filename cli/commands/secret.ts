import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addJsonOption, addTargetOptions, type TargetOptions, targetOf } from './target-options.ts';

interface JsonOption {
  readonly json?: boolean;
}

/** Options of what writes a whole config. */
interface WriteOptions extends TargetOptions, JsonOption {
  readonly dryRun?: boolean;
  readonly ifGeneration?: string;
  readonly envelope?: boolean;
}

/** Adds the commands that write the config in the bucket: put, edit, set, unset, rollback. */
export function addWriteCommands(program: Command, io: Io): void {
  addWriteOptions(program.command('put'))
    .description('validate, encrypt and upload a config')
    .argument('[file]', 'JSON file with the config, or - for standard input', 'config.json')
    .action(async (source: string, options: WriteOptions) => {
      const { runPut } = await import('./run-put.ts');
      await runPut(io, { ...writeOf(options), source });
    });
  addJsonOption(addTargetOptions(program.command('edit')))
    .description('change the config in your editor')
    .action(async (options: TargetOptions & JsonOption) => {
      const { runEdit } = await import('./run-edit.ts');
      await runEdit(io, { ...targetOf(options), json: options.json });
    });
  addJsonOption(addTargetOptions(program.command('set')))
    .description('change one value, which is read from standard input or asked for')
    .argument('<key>', 'key of the config, such as DB_PASS')
    .action(async (configKey: string, options: TargetOptions & JsonOption) => {
      const { runSet } = await import('./run-set.ts');
      await runSet(io, { ...targetOf(options), configKey, json: options.json });
    });
  addJsonOption(addTargetOptions(program.command('unset')))
    .description('remove one key')
    .argument('<key>', 'key of the config')
    .action(async (configKey: string, options: TargetOptions & JsonOption) => {
      const { runUnset } = await import('./run-set.ts');
      await runUnset(io, { ...targetOf(options), configKey, json: options.json });
    });
  addJsonOption(addTargetOptions(program.command('rollback')))
    .description('make an old generation the current one, if it decrypts and is valid')
    .option('--to <generation>', 'which one (default: the one before the current one)')
    .action(async (options: TargetOptions & JsonOption & { to?: string }) => {
      const { runRollback } = await import('./run-rollback.ts');
      await runRollback(io, { ...targetOf(options), to: options.to, json: options.json });
    });
}

/** Adds the commands that only read the config in the bucket: get, diff, history, exec. */
export function addReadCommands(program: Command, io: Io): void {
  addJsonOption(addTargetOptions(program.command('get')))
    .description('print the decrypted config, or one value of it')
    .option('--key <key>', 'key of the config whose value is wanted')
    .option('--generation <generation>', 'which one (default: the current one)')
    .action(async (options: TargetOptions & JsonOption & { key?: string; generation?: string }) => {
      const { runGet } = await import('./run-get.ts');
      const { key: configKey, generation, json } = options;
      await runGet(io, { ...targetOf(options), configKey, generation, json });
    });
  addJsonOption(addTargetOptions(program.command('diff')))
    .description('what changed: keys and fingerprints, no values')
    .argument('[file]', 'config file, or -, to compare the current generation with')
    .option('--from <generation>', 'generation to start from (default: the one before)')
    .option('--to <generation>', 'generation to compare with (default: the current one)')
    .option('--reveal', 'show the values')
    .action(async (file: string | undefined, options: TargetOptions & DiffOptions) => {
      const { runDiff } = await import('./run-diff.ts');
      const { from, to, reveal, json } = options;
      await runDiff(io, { ...targetOf(options), file, from, to, reveal, json });
    });
  addJsonOption(addTargetOptions(program.command('history')))
    .description('list the generations: when, who, which key version')
    .action(async (options: TargetOptions & JsonOption) => {
      const { runHistory } = await import('./run-history.ts');
      await runHistory(io, { ...targetOf(options), json: options.json });
    });
  addTargetOptions(program.command('exec'))
    .description('run a program with the config in its environment')
    .argument('<program>', 'after --, so that its options are not taken for those of exec')
    .argument('[arguments...]')
    .option('--generation <generation>', 'which one (default: the current one)')
    .action(async (command: string, args: string[], options: TargetOptions & { generation?: string }) => {
      const { runExec } = await import('./run-exec.ts');
      const { generation } = options;
      await runExec(io, { ...targetOf(options), command: [command, ...args], generation });
    });
}

interface DiffOptions extends JsonOption {
  readonly from?: string;
  readonly to?: string;
  readonly reveal?: boolean;
}

/** Adds the options of what writes a whole config. */
export function addWriteOptions(command: Command): Command {
  return addJsonOption(addTargetOptions(command))
    .option('--dry-run', 'only say what would change')
    .option('--if-generation <generation>', 'write only if this is still the current one; 0 for none')
    .option('--envelope', 'bind a config of up to 64 KiB to bucket and object, too');
}

/** What those options say. */
export function writeOf(options: WriteOptions) {
  const { dryRun, ifGeneration, envelope, json } = options;
  const format = envelope ? ('envelope' as const) : undefined;
  return { ...targetOf(options), dryRun, ifGeneration, format, json };
}

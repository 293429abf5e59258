import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { type AfterWriteOptions, addAfterWriteOptions, afterWrite } from './after-write.ts';
import {
  addEncodingOption,
  addExamples,
  addJsonOption,
  addTargetOptions,
  type EncodingOption,
  type TargetOptions,
  targetOf,
} from './target-options.ts';

interface JsonOption {
  readonly json?: boolean;
}

/** Options of what writes a whole secret. */
export interface WriteOptions extends TargetOptions, EncodingOption, AfterWriteOptions {
  readonly dryRun?: boolean;
  readonly ifGeneration?: string;
  readonly envelope?: boolean;
}

interface ChangeOptions extends TargetOptions, AfterWriteOptions {}

function addChangeOptions(command: Command): Command {
  return addAfterWriteOptions(addJsonOption(addTargetOptions(command)));
}

/** Adds the commands that write the secret in the bucket: put, edit, set, unset, rollback. */
export function addWriteCommands(program: Command, io: Io): void {
  addExamples(addWriteOptions(program.command('put')), '', '- < config.json', 'key.pem --secret tls')
    .description('validate, encrypt and upload a secret')
    .argument('[file]', 'file with the secret in clear, or - for standard input', 'config.json')
    .action(async (source: string, options: WriteOptions) => {
      const { runPut } = await import('./run-put.ts');
      await afterWrite(io, options, await runPut(io, { ...writeOf(options), source }));
    });
  addExamples(addChangeOptions(program.command('edit')), '', '--secret tls')
    .description('change the secret in your editor')
    .action(async (options: ChangeOptions) => {
      const { runEdit } = await import('./run-edit.ts');
      await afterWrite(io, options, await runEdit(io, { ...targetOf(options), json: options.json }));
    });
  const set = addEncodingOption(addAfterWriteOptions(addTargetOptions(program.command('set'))));
  addExamples(set, 'DB_PASS', 'DB_PASS < password.txt', '/endpoints/0/port --json < port.json')
    .description('change one value, which is read from standard input or asked for')
    .argument('<key>', 'key of the config, such as DB_PASS, or a JSON pointer such as /endpoints/0/port')
    .option('--json', 'the value is JSON: a number, true, a list …; and print JSON, for programs')
    .action(async (configKey: string, options: ChangeOptions & EncodingOption) => {
      const { runSet } = await import('./run-set.ts');
      const { json, encoding } = options;
      await afterWrite(io, options, await runSet(io, { ...targetOf(options), configKey, json, encoding }));
    });
  addExamples(addChangeOptions(program.command('unset')), 'DB_NAME', '/endpoints/1')
    .description('remove one key')
    .argument('<key>', 'key of the config, or a JSON pointer')
    .action(async (configKey: string, options: ChangeOptions) => {
      const { runUnset } = await import('./run-set.ts');
      const { json } = options;
      await afterWrite(io, options, await runUnset(io, { ...targetOf(options), configKey, json }));
    });
  addExamples(addChangeOptions(program.command('rollback')), '', '--to 1732665600000001')
    .description('make an old generation the current one, if it decrypts and is valid')
    .option('--to <generation>', 'which one (default: the one before the current one)')
    .action(async (options: ChangeOptions & { to?: string }) => {
      const { runRollback } = await import('./run-rollback.ts');
      const { to, json } = options;
      await afterWrite(io, options, await runRollback(io, { ...targetOf(options), to, json }));
    });
}

/** Adds the commands that only read the secret in the bucket: get, diff, history, exec. */
export function addReadCommands(program: Command, io: Io): void {
  addExamples(
    addJsonOption(addTargetOptions(program.command('get'))),
    '',
    '--key DB_HOST',
    '--secret tls > key.pem',
  )
    .description('print the decrypted secret, or one value of it')
    .option('--key <key>', 'key of the config whose value is wanted, or a JSON pointer to it')
    .option('--generation <generation>', 'which one (default: the current one)')
    .action(async (options: TargetOptions & JsonOption & { key?: string; generation?: string }) => {
      const { runGet } = await import('./run-get.ts');
      const { key: configKey, generation, json } = options;
      await runGet(io, { ...targetOf(options), configKey, generation, json });
    });
  addExamples(addJsonOption(addTargetOptions(program.command('diff'))), '', 'config.json', '--reveal')
    .description('what changed: keys and fingerprints, no values')
    .argument('[file]', 'file in clear, or -, to compare the current generation with')
    .option('--from <generation>', 'generation to start from (default: the one before)')
    .option('--to <generation>', 'generation to compare with (default: the current one)')
    .option('--reveal', 'show the values')
    .action(async (file: string | undefined, options: TargetOptions & DiffOptions) => {
      const { runDiff } = await import('./run-diff.ts');
      const { from, to, reveal, json } = options;
      await runDiff(io, { ...targetOf(options), file, from, to, reveal, json });
    });
  addExamples(addJsonOption(addTargetOptions(program.command('history'))), '', '--json')
    .description('list the generations: when, who, which key version')
    .action(async (options: TargetOptions & JsonOption) => {
      const { runHistory } = await import('./run-history.ts');
      await runHistory(io, { ...targetOf(options), json: options.json });
    });
  const exec = addTargetOptions(program.command('exec'));
  addExamples(exec, '-- node server.ts', '--prefix APP_ -- env', '--secret tls --file TLS_KEY_FILE -- nginx')
    .description('run a program with the secret in its environment, or in a private file')
    .argument('<program>', 'after --, so that its options are not taken for those of exec')
    .argument('[arguments...]')
    .option('--generation <generation>', 'which one (default: the current one)')
    .option('--prefix <text>', 'what the names of the variables begin with')
    .option(
      '--file <variable>',
      'give the program a private file with the secret, and its path in this variable',
    )
    .option(
      '--allow <name...>',
      'variables that may be set although they change how programs run, such as PATH',
    )
    .action(async (command: string, args: string[], options: TargetOptions & ExecOptions) => {
      const { runExec } = await import('./run-exec.ts');
      const { generation, prefix, file, allow } = options;
      await runExec(io, {
        ...targetOf(options),
        command: [command, ...args],
        generation,
        prefix,
        file,
        allow,
      });
    });
}

interface DiffOptions extends JsonOption {
  readonly from?: string;
  readonly to?: string;
  readonly reveal?: boolean;
}

interface ExecOptions {
  readonly generation?: string;
  readonly prefix?: string;
  readonly file?: string;
  readonly allow?: string[];
}

/** Adds the options of what writes a whole secret. */
export function addWriteOptions(command: Command): Command {
  return addEncodingOption(addChangeOptions(command))
    .option('--dry-run', 'only say what would change')
    .option('--if-generation <generation>', 'write only if this is still the current one; 0 for none')
    .option('--envelope', 'bind a secret of up to 64 KiB to bucket and object, too');
}

/** What those options say. */
export function writeOf(options: WriteOptions) {
  const { dryRun, ifGeneration, envelope, json, encoding } = options;
  const sealAs = envelope ? ('envelope' as const) : undefined;
  return { ...targetOf(options), dryRun, ifGeneration, sealAs, json, encoding };
}

import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import { addWriteOptions, writeOf } from './secret.ts';
import { addJsonOption, addTargetOptions, type TargetOptions, targetOf } from './target-options.ts';

/** Adds the commands that encrypt and decrypt files, and rotate the key. */
export function addKeyCommands(program: Command, io: Io): void {
  addTargetOptions(program.command('encrypt'))
    .description('encrypt a config with Cloud KMS, for the next deployment to upload')
    .argument('[file]', 'JSON file with the config, or - for standard input', 'config.json')
    .addOption(new Option('--key <name>').hideHelp())
    .option('--out <file>', 'where the ciphertext goes', 'config.enc')
    .option('--envelope', 'bind a config of up to 64 KiB to bucket and object, too')
    .action(async (source: string, options: TargetOptions & EncryptOptions) => {
      const { runEncrypt } = await import('./run-encrypt.ts');
      const target = targetOf({ ...options, kmsKey: options.kmsKey ?? options.key });
      const { out: encryptedFile, envelope } = options;
      await runEncrypt(io, { ...target, source, encryptedFile, format: envelope ? 'envelope' : undefined });
    });
  addTargetOptions(program.command('decrypt'))
    .description('decrypt a file that encrypt, or gcloud kms encrypt, made')
    .argument('[file]', 'the ciphertext, or - for standard input', 'config.enc')
    .option('--out <file>', 'where the plaintext goes (default: standard output)')
    .option('--force', 'replace a file that is there')
    .action(async (source: string, options: TargetOptions & { out?: string; force?: boolean }) => {
      const { runDecrypt } = await import('./run-decrypt.ts');
      const { out, force } = options;
      await runDecrypt(io, { ...targetOf(options), source, out, force });
    });
  addJsonOption(addTargetOptions(program.command('rotate-key')))
    .description('make a new version of the key and encrypt the config with it')
    .option('--disable-old', 'then disable older versions, unless a live object needs them')
    .action(async (options: TargetOptions & { disableOld?: boolean; json?: boolean }) => {
      const { runRotateKey } = await import('./run-rotate-key.ts');
      const { disableOld, json } = options;
      await runRotateKey(io, { ...targetOf(options), disableOld, json });
    });
}

interface EncryptOptions {
  /** What --kms-key was called at first. */
  readonly key?: string;
  readonly out: string;
  readonly envelope?: boolean;
}

/** Adds import and export. */
export function addTransferCommands(program: Command, io: Io): void {
  addWriteOptions(program.command('import'))
    .description('put a config that is in a .env file, a JSON file or Secret Manager')
    .argument('<source>', 'a file, or projects/PROJECT/secrets/SECRET[/versions/VERSION]')
    .action(async (source: string, options: Parameters<typeof writeOf>[0]) => {
      const { runImport } = await import('./run-import.ts');
      await runImport(io, { ...writeOf(options), source });
    });
  addJsonOption(addTargetOptions(program.command('export')))
    .description('write the config in clear to a file or to Secret Manager')
    .argument('<destination>', 'a file, - for standard output, or projects/PROJECT/secrets/SECRET')
    .addOption(new Option('--form <form>', 'of a file (default: by its name)').choices(['env', 'json']))
    .option('--generation <generation>', 'which one (default: the current one)')
    .option('--force', 'replace a file that is there')
    .action(async (destination: string, options: TargetOptions & ExportOptions) => {
      const { runExport } = await import('./run-export.ts');
      const { form, generation, force, json } = options;
      await runExport(io, { ...targetOf(options), destination, form, generation, force, json });
    });
}

interface ExportOptions {
  readonly form?: 'env' | 'json';
  readonly generation?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

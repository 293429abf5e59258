import { type Command, Option } from 'commander';
import { CommandError } from '../errors.ts';
import type { Io } from '../io.ts';
import { ENV_FORMS, type EnvForm } from '../secret/dotenv.ts';
import { type AfterWriteOptions, addAfterWriteOptions, afterWrite } from './after-write.ts';
import { addWriteOptions, type WriteOptions, writeOf } from './secret.ts';
import {
  addEncodingOption,
  addExamples,
  addJsonOption,
  addTargetOptions,
  type EncodingOption,
  type TargetOptions,
  targetOf,
} from './target-options.ts';

/** Adds the commands that encrypt and decrypt files, and rotate the key. */
export function addKeyCommands(program: Command, io: Io): void {
  const encrypt = addEncodingOption(addTargetOptions(program.command('encrypt')));
  addExamples(encrypt, '', 'config.json --out config.enc', 'key.pem --secret tls')
    .description('encrypt a secret with Cloud KMS, for the next deployment to upload')
    .argument('[file]', 'file with the secret in clear, or - for standard input', 'config.json')
    .addOption(new Option('--key <name>').hideHelp())
    .option(
      '--out <file>',
      'where the ciphertext goes (default: where the settings look for it, or config.enc)',
    )
    .option('--envelope', 'bind a secret of up to 64 KiB to bucket and object, too')
    .action(async (source: string, options: TargetOptions & EncryptOptions) => {
      const { runEncrypt } = await import('./run-encrypt.ts');
      const target = targetOf({ ...options, kmsKey: options.kmsKey ?? options.key });
      const { out: encryptedFile, envelope, encoding } = options;
      const sealAs = envelope ? ('envelope' as const) : undefined;
      await runEncrypt(io, { ...target, source, encryptedFile, encoding, sealAs });
    });
  addExamples(addTargetOptions(program.command('decrypt')), '', 'config.enc --out plain.json')
    .description('decrypt a file that encrypt, or gcloud kms encrypt, made')
    .argument('[file]', 'the ciphertext, or - for standard input', 'config.enc')
    .option('--out <file>', 'where the plaintext goes (default: standard output)')
    .option('--force', 'replace a file that is there')
    .action(async (source: string, options: TargetOptions & { out?: string; force?: boolean }) => {
      const { runDecrypt } = await import('./run-decrypt.ts');
      const { out, force } = options;
      await runDecrypt(io, { ...targetOf(options), source, out, force });
    });
  const rotateKey = addAfterWriteOptions(addJsonOption(addTargetOptions(program.command('rotate-key'))));
  addExamples(rotateKey, '', '--disable-old --give-up-generations', '--all')
    .description('make a new version of the key and encrypt the config with it')
    .option('--disable-old', 'then disable older versions, unless an object or a kept generation needs them')
    .option('--give-up-generations', 'with --disable-old, although generations that are not live need them')
    .option(
      '--all',
      'every secret of the settings, or of --bucket with --kms-key; goes on where it was stopped',
    )
    .action(async (options: TargetOptions & AfterWriteOptions & RotateKeyOptions) => {
      const { all, disableOld, giveUpGenerations, json } = options;
      if (all) {
        assertNoWait(options);
        const { runRotateAll } = await import('./run-rotate-all.ts');
        return runRotateAll(io, { ...targetOf(options), disableOld, giveUpGenerations, json });
      }
      const { runRotateKey } = await import('./run-rotate-key.ts');
      await afterWrite(
        io,
        options,
        await runRotateKey(io, { ...targetOf(options), disableOld, giveUpGenerations, json }),
      );
    });
}

interface RotateKeyOptions {
  readonly all?: boolean;
  readonly disableOld?: boolean;
  readonly giveUpGenerations?: boolean;
}

/** All of a key's services would have to be waited for. */
function assertNoWait({ wait }: AfterWriteOptions): void {
  if (wait === undefined) return;
  throw new CommandError('--all does not wait: leave --wait out, or rotate the keys one by one.');
}

interface EncryptOptions extends EncodingOption {
  /** What --kms-key was called at first. */
  readonly key?: string;
  readonly out?: string;
  readonly envelope?: boolean;
}

/** Adds import and export. */
export function addTransferCommands(program: Command, io: Io): void {
  addExamples(addWriteOptions(program.command('import')), 'settings.env', 'projects/my-project/secrets/db')
    .description(
      'put a secret that is in a .env file, a JSON file, a file of sops, Secret Manager or berglas',
    )
    .argument(
      '<source>',
      'a file, projects/PROJECT/secrets/SECRET[/versions/VERSION], or berglas://BUCKET/OBJECT[#GENERATION]',
    )
    .action(async (source: string, options: WriteOptions) => {
      const { runImport } = await import('./run-import.ts');
      await afterWrite(io, options, await runImport(io, { ...writeOf(options), source }));
    });
  addExamples(addJsonOption(addTargetOptions(program.command('export'))), 'settings.env', '- --form sh')
    .description('write the secret in clear to a file or to Secret Manager')
    .argument('<destination>', 'a file, - for standard output, or projects/PROJECT/secrets/SECRET')
    .addOption(
      new Option(
        '--form <form>',
        'of a config: .env, for a shell, for docker run --env-file, JSON (default: by the name)',
      ).choices([...ENV_FORMS, 'json']),
    )
    .option('--generation <generation>', 'which one (default: the current one)')
    .option('--force', 'replace a file that is there')
    .action(async (destination: string, options: TargetOptions & ExportOptions) => {
      const { runExport } = await import('./run-export.ts');
      const { form, generation, force, json } = options;
      await runExport(io, { ...targetOf(options), destination, form, generation, force, json });
    });
}

interface ExportOptions {
  readonly form?: EnvForm | 'json';
  readonly generation?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

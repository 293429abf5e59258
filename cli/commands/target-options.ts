import { type Command, Option } from 'commander';
import { ENCODINGS, type Encoding } from '../input/text.ts';
import { SECRET_FORMATS, type SecretFormat, type Target } from '../secret/target.ts';

/** The options by which every command on a secret finds it. */
export interface TargetOptions {
  readonly bucket?: string;
  readonly object?: string;
  readonly kmsKey?: string;
  readonly service?: string;
  readonly secret?: string;
  readonly format?: SecretFormat;
  readonly env?: string;
  readonly impersonateServiceAccount?: string;
  readonly reason?: string;
}

/** Adds the option that chooses one of the settings' environments; main.ts reads it, for every command alike. */
export function addEnvironmentOption(command: Command): Command {
  return command.option('--env <name>', "one of the settings' environments");
}

/** Adds the options that say on which of two clouds a command works, where both may be meant. */
export function addWhereOptions(command: Command): Command {
  return command
    .option('--local', 'on the local Google Cloud that npm start runs')
    .option('--google', 'on Google Cloud, although npm start runs');
}

/** Adds the options of commands that call Google; main.ts reads them, for every command alike. */
export function addGoogleOptions(command: Command): Command {
  return addEnvironmentOption(command).option(
    '--impersonate-service-account <email>',
    'call Google as this service account, which you may impersonate',
  );
}

/** Adds the options by which a command finds its secret; the settings have defaults for all. */
export function addTargetOptions(command: Command): Command {
  // What encrypt and decrypt work on is a file, whose key is Google's.
  const placed = ['encrypt', 'decrypt'].includes(command.name()) ? command : addWhereOptions(command);
  return addGoogleOptions(placed)
    .option('--secret <name>', "which of the service's secrets (default: its first, config)")
    .option('--service <name>', 'which one, where the settings have several services')
    .option('--bucket <name>', 'the bucket (default: that of the settings)')
    .option('--object <name>', 'the object (default: that of the settings)')
    .option('--kms-key <name>', 'full resource name of the key (default: that of the settings)')
    .addOption(
      new Option('--format <format>', 'what the secret is (default: what the settings say, or json)').choices(
        SECRET_FORMATS,
      ),
    );
}

/** Adds `--json`. */
export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print JSON, for programs');
}

/** What text may be read in. */
export interface EncodingOption {
  readonly encoding?: Encoding;
}

/** Adds the option of commands that read text. */
export function addEncodingOption(command: Command): Command {
  return command.addOption(
    new Option('--encoding <encoding>', 'of the text that is read (default: utf-8)').choices(ENCODINGS),
  );
}

/** Adds examples to a command's help. */
export function addExamples(command: Command, ...examples: readonly string[]): Command {
  const lines = examples.map(
    (example) => `  $ npx cloud-run-identity ${command.name()}${example && ` ${example}`}`,
  );
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** The target that the options say. */
export function targetOf(options: TargetOptions): Target {
  const { kmsKey: key, impersonateServiceAccount: account, ...rest } = options;
  const { bucket, object, service, secret, format, env, reason } = rest;
  return { bucket, object, key, service, secret, format, env, account, reason };
}

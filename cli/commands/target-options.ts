import type { Command } from 'commander';
import type { Target } from '../secret/open.ts';

/** The options by which every command on a secret finds it. */
export interface TargetOptions {
  readonly bucket?: string;
  readonly object?: string;
  readonly kmsKey?: string;
  readonly service?: string;
}

/** Adds the options by which a command finds its secret; the settings have defaults for all. */
export function addTargetOptions(command: Command): Command {
  return command
    .option('--bucket <name>', 'the bucket (default: that of the settings)')
    .option('--object <name>', 'the object (default: that of the settings)')
    .option('--kms-key <name>', 'full resource name of the key (default: that of the settings)')
    .option('--service <name>', 'which one, where the settings have several services');
}

/** Adds `--json`. */
export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print JSON, for programs');
}

/** The target that the options say. */
export function targetOf(options: TargetOptions): Target {
  const { bucket, object, kmsKey, service } = options;
  return { bucket, object, key: kmsKey, service };
}

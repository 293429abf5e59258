import { CommandError } from '../errors.ts';
import { readSecretValue } from '../input/secret-value.ts';
import type { Io } from '../io.ts';
import { modifyConfig } from '../secret/modify.ts';
import { openSecret, type Target } from '../secret/open.ts';
import { printUnchanged, printWritten } from './print-written.ts';

/** Arguments of `cloud-run-identity set` and `unset`. */
export interface RunSetOptions extends Target {
  /** The key of the config. */
  readonly configKey: string;
  readonly json?: boolean | undefined;
}

/**
 * The command `set`: changes one value of the config. The value comes from standard input, or from a prompt that does
 * not show it, and never from the command line, where other users of the machine and the shell's history see it.
 *
 * @throws CommandError, SecretError; ConflictError when somebody else was faster
 */
export async function runSet(io: Io, { configKey, json, ...target }: RunSetOptions): Promise<void> {
  const value = await readSecretValue(io, configKey);
  const secret = await openSecret(io, target);
  const written = await modifyConfig(secret, (values) => ({ ...values, [configKey]: value }));
  if (written) printWritten(io, secret.reference, written, json);
  else printUnchanged(io, `${configKey} has that value already: nothing was written.`, json);
}

/**
 * The command `unset`: removes one key from the config.
 *
 * @throws CommandError when there is no such key; InvalidConfigError for a key that the config needs
 */
export async function runUnset(io: Io, { configKey, json, ...target }: RunSetOptions): Promise<void> {
  const secret = await openSecret(io, target);
  const written = await modifyConfig(secret, (values) => {
    if (!Object.hasOwn(values, configKey)) throw new CommandError(`The config has no key ${configKey}.`);
    return Object.fromEntries(Object.entries(values).filter(([key]) => key !== configKey));
  });
  if (written) printWritten(io, secret.reference, written, json);
}

import { commandFor } from '../advice.ts';
import { CommandError } from '../errors.ts';
import { readSecretValue } from '../input/secret-value.ts';
import type { Encoding } from '../input/text.ts';
import type { Io } from '../io.ts';
import { describeText } from '../secret/described.ts';
import { pathOf, valueAt, withoutValue, withValue } from '../secret/json.ts';
import { openSecret } from '../secret/open.ts';
import { modifyConfig } from '../secret/stored.ts';
import type { Target } from '../secret/target.ts';
import { parseJson, textOf, type Values } from '../secret/values.ts';
import { printUnchanged, printWritten, type WrittenSecret } from './print-written.ts';

/** Arguments of `cloud-run-identity set` and `unset`. */
export interface RunSetOptions extends Target {
  /** The key of the config, or a JSON pointer into it. */
  readonly configKey: string;
  readonly encoding?: Encoding | undefined;
  /** Whether the value is JSON, and so is what is printed. */
  readonly json?: boolean | undefined;
}

/**
 * The command `set`: changes one value of the config. The value comes from standard input, or from a prompt that does
 * not show it, and never from the command line, where other users of the machine and the shell's history see it.
 *
 * @throws CommandError, SecretError; ConflictError when somebody else was faster
 */
export async function runSet(
  io: Io,
  { configKey, encoding, json, ...target }: RunSetOptions,
): Promise<WrittenSecret | undefined> {
  const path = pathOf(configKey);
  const command = commandFor(target, 'set', configKey, ...(json ? ['--json'] : []));
  const text = await readSecretValue(io, configKey, command, encoding);
  const value = json ? parseTyped(text, configKey) : text;
  const secret = await openSecret(io, target);
  const written = await modifyConfig(
    secret,
    (values) => withValue(values, path, value),
    `Nothing was written: give ${configKey} another value${json ? '' : ', or one that is no text with --json'}.`,
  );
  if (!written) return printUnchanged(io, `${configKey} has that value already: nothing was written.`, json);
  return printWritten(secret, written, configKey, describeText(textOf(value)), json);
}

function parseTyped(text: string, key: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new CommandError(
      `With --json the value of ${key} is read as JSON, and it is none: a text is "in quotes", or given without --json.`,
    );
  }
}

/**
 * The command `unset`: removes one key from the config.
 *
 * @throws CommandError when there is no such key; InvalidSecretError for a key that the config needs
 */
export async function runUnset(
  io: Io,
  { configKey, json, ...target }: RunSetOptions,
): Promise<WrittenSecret | undefined> {
  const path = pathOf(configKey);
  const secret = await openSecret(io, target);
  const without = (values: Values) => {
    if (valueAt(values, path) !== undefined) return withoutValue(values, path);
    throw new CommandError(
      `The config has no key ${configKey}: its keys are ${Object.keys(values).join(', ')}.`,
    );
  };
  const written = await modifyConfig(secret, without, `Nothing was written: ${configKey} is needed.`);
  return written && printWritten(secret, written, `${configKey} is removed`, undefined, json);
}

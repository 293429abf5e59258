import { CommandError } from '../errors.ts';
import { type Io, printData, printJson } from '../io.ts';
import { pathOf, valueAt } from '../secret/json.ts';
import { openSecretToRead } from '../secret/open.ts';
import { adviceToPut, readStored, requireKeys } from '../secret/stored.ts';
import type { Target } from '../secret/target.ts';
import { readValues, textOf } from '../secret/values.ts';

/** Arguments of `cloud-run-identity get`. */
export interface RunGetOptions extends Target {
  /** @default the live one */
  readonly generation?: string | undefined;
  /** The one key of the config whose value is wanted, or a JSON pointer to it. */
  readonly configKey?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * The command `get`: prints the decrypted secret, or one value of it, to standard output and nothing else, so that it
 * can be piped. `--json` adds generation and key version.
 *
 * @throws CommandError for a key that the config does not have; SecretError
 */
export async function runGet(
  io: Io,
  { generation, configKey, json, ...target }: RunGetOptions,
): Promise<void> {
  const secret = await openSecretToRead(io, target);
  if (configKey !== undefined) requireKeys(secret);
  const { plaintext, ...stored } = await readStored(secret, generation);
  const origin = { generation: stored.generation, keyVersion: stored.keyVersion };
  if (configKey === undefined) {
    if (json) printJson(io, { ...origin, ...asJson(secret.format, plaintext, adviceToPut(secret)) });
    else if (secret.format === 'bytes' && io.stdout.isTTY) {
      throw new CommandError(
        `The secret ${secret.name} is bytes, which no terminal shows: write them to a file with > FILE.`,
      );
    } else await printData(io, plaintext);
    return;
  }
  const values = readValues(plaintext, adviceToPut(secret));
  const value = valueAt(values, pathOf(configKey));
  if (value === undefined) {
    throw new CommandError(
      `The config has no key ${configKey}: its keys are ${Object.keys(values).join(', ')}. Name one of them with --key.`,
    );
  }
  if (json) return printJson(io, { ...origin, key: configKey, value });
  const text = textOf(value);
  if (text.isWellFormed()) return printData(io, Buffer.from(`${text}\n`));
  throw new CommandError(
    `The value of ${configKey} has half a surrogate pair, which UTF-8 cannot hold: --json prints it as an escape.`,
  );
}

function asJson(format: Target['format'], plaintext: Buffer, advice: string): object {
  if (format === 'text') return { text: plaintext.toString() };
  if (format === 'bytes') return { base64: plaintext.toString('base64') };
  return { config: readValues(plaintext, advice) };
}

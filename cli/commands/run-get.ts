import { CommandError } from '../errors.ts';
import { type Io, print, printJson } from '../io.ts';
import { openSecretToRead, type Target } from '../secret/open.ts';
import { readStored } from '../secret/stored.ts';
import { readValues } from '../secret/values.ts';

/** Arguments of `cloud-run-identity get`. */
export interface RunGetOptions extends Target {
  /** @default the live one */
  readonly generation?: string | undefined;
  /** The one key of the config whose value is wanted. */
  readonly configKey?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * The command `get`: prints the decrypted config, or one value of it, to standard output and nothing else, so that it
 * can be piped. `--json` adds generation and key version.
 *
 * @throws CommandError for a key that the config does not have; SecretError
 */
export async function runGet(
  io: Io,
  { generation, configKey, json, ...target }: RunGetOptions,
): Promise<void> {
  const secret = await openSecretToRead(io, target);
  const stored = await readStored(secret, generation);
  const origin = { generation: stored.generation, keyVersion: stored.keyVersion };
  if (configKey === undefined) {
    if (json) printJson(io, { ...origin, config: readValues(stored.plaintext) });
    else io.stdout.write(stored.plaintext);
    return;
  }
  const values = readValues(stored.plaintext);
  if (!Object.hasOwn(values, configKey)) {
    // Not before: the validation that comes with it takes longer to load than all the rest.
    const { configKeys } = await import('@cloud-run-identity/secrets');
    throw new CommandError(
      `The config has no key ${configKey}: its keys are ${configKeys.join(', ')}. Name one of them with --key.`,
    );
  }
  const value = values[configKey];
  if (json) printJson(io, { ...origin, key: configKey, value });
  else print(io, typeof value === 'string' ? value : JSON.stringify(value));
}

import { type Format, parseKeyName, takesEnvelope } from '@cloud-run-identity/secrets';
import { configApisOfEnvironment } from '../google/environment.ts';
import type { Encoding } from '../input/text.ts';
import { type Io, pathOf, print } from '../io.ts';
import { firstChanges } from '../secret/key-changes.ts';
import { FIRST_SECRET, findSecret } from '../secret/open.ts';
import type { Target } from '../secret/target.ts';
import { assertDistinct, encryptConfig, readPlaintext } from './encrypt.ts';

/** Arguments of `cloud-run-identity encrypt`. */
export interface RunEncryptOptions extends Target {
  /** Path of the plaintext, or `-` for standard input. */
  readonly source: string;
  /** @default what the settings say, or config.enc */
  readonly encryptedFile?: string | undefined;
  readonly encoding?: Encoding | undefined;
  readonly sealAs?: Format | undefined;
}

/**
 * The command `encrypt`. Prints names of keys and files, never a value.
 *
 * @throws CommandError, SecretError
 */
export async function runEncrypt(io: Io, options: RunEncryptOptions): Promise<void> {
  const { source, encoding, sealAs, encryptedFile: out, ...target } = options;
  // Raw ciphertext belongs to no object, so a key that is given needs no settings.
  const isKeyEnough = target.key !== undefined && (out !== undefined || target.secret === undefined);
  const { secret: name = FIRST_SECRET, format = 'json' } = target;
  const found = isKeyEnough ? undefined : await findSecret(io, target);
  const encryptedFile = out ?? found?.encryptedFile ?? 'config.enc';
  assertDistinct(io, source, encryptedFile);
  const plaintext = await readPlaintext(found ?? { io, name, format }, source, encoding);
  const { reference } =
    found ?? (takesEnvelope(plaintext, sealAs) ? await findSecret(io, target) : { reference: undefined });
  const key = reference?.key ?? String(target.key);
  const clients = await configApisOfEnvironment(io.environment, parseKeyName(key).project);
  const keyVersion = await encryptConfig({
    plaintext,
    key,
    object: reference,
    format: sealAs,
    encryptedFile: pathOf(io, encryptedFile),
    clients,
    keysChanged: await firstChanges(found ?? { io, name, format }, plaintext),
  });
  print(io, `Encrypted ${source === '-' ? 'standard input' : source} to ${encryptedFile} with ${keyVersion}`);
}

import { type Format, parseKeyName, takesEnvelope } from '@cloud-run-identity/secrets';
import { configApisOfEnvironment } from '../google/environment.ts';
import { type Io, pathOf, print } from '../io.ts';
import { referenceOf, type Target } from '../secret/open.ts';
import { assertDistinct, encryptConfig, readPlaintext } from './encrypt.ts';

/** Arguments of `cloud-run-identity encrypt`. */
export interface RunEncryptOptions extends Target {
  /** Path of the config, or `-` for standard input. */
  readonly source: string;
  readonly encryptedFile: string;
  readonly format?: Format | undefined;
}

/**
 * The command `encrypt`. Prints names of keys and files, never a value.
 *
 * @throws CommandError, SecretError
 */
export async function runEncrypt(io: Io, options: RunEncryptOptions): Promise<void> {
  const { source, encryptedFile, format } = options;
  assertDistinct(io, source, encryptedFile);
  const plaintext = await readPlaintext(io, source);
  // Raw ciphertext belongs to no object, so a key that is given needs no settings.
  const isKeyEnough = options.key !== undefined && !takesEnvelope(plaintext, format);
  const { key, ...place } = isKeyEnough ? { key: String(options.key) } : await referenceOf(io, options);
  const clients = await configApisOfEnvironment(io.environment, parseKeyName(key).project);
  const object = 'bucket' in place ? place : undefined;
  const keyVersion = await encryptConfig({
    plaintext,
    key,
    object,
    format,
    encryptedFile: pathOf(io, encryptedFile),
    clients,
  });
  print(io, `Encrypted ${source === '-' ? 'standard input' : source} to ${encryptedFile} with ${keyVersion}`);
}

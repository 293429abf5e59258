import { googleClients } from '../../secrets/clients.ts';
import { defaultKey } from './default-key.ts';
import { assertDistinct, encryptConfig, readPlaintext } from './encrypt.ts';

/** Arguments of `cloud-run-identity encrypt`. */
export interface RunEncryptOptions {
  readonly projectDirectory: string;
  /** Path of the config, or `-` for standard input. */
  readonly source: string;
  readonly encryptedFile: string;
  /** Full resource name of the key; without it, the one that the synthesized service decrypts with. */
  readonly key?: string | undefined;
}

/**
 * The command `encrypt`. Google is reached as gcloud reaches it: CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS and
 * CLOUDSDK_AUTH_ACCESS_TOKEN where they are set (https://cloud.google.com/sdk/docs/properties), otherwise Google's own
 * endpoint with Application Default Credentials. Prints names of keys and files, never a value.
 *
 * @throws CommandError, SecretError
 */
export async function runEncrypt(options: RunEncryptOptions): Promise<void> {
  const { source, encryptedFile } = options;
  assertDistinct(source, encryptedFile);
  const plaintext = await readPlaintext(source);
  const key = options.key ?? (await defaultKey(options.projectDirectory));
  const clients = await googleClients({
    endpoint: process.env.CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS,
    accessToken: process.env.CLOUDSDK_AUTH_ACCESS_TOKEN,
  });
  const keyVersion = await encryptConfig({ plaintext, key, encryptedFile, clients });
  console.log(
    `Encrypted ${source === '-' ? 'standard input' : source} to ${encryptedFile} with ${keyVersion}`,
  );
}

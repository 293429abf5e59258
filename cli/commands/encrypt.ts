import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import {
  type CipherApi,
  type Format,
  type KeysChanged,
  releasing,
  type SecretReference,
  sealChunks,
  takesEnvelope,
} from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { readInputFile } from '../input/input-file.ts';
import { decodeText, type Encoding } from '../input/text.ts';
import { type Io, pathOf } from '../io.ts';
import type { FoundSecret } from '../secret/open.ts';
import { checkSecretOr } from '../secret/shape.ts';
import { type FileContent, writeAtomically } from './atomic-write.ts';

/** What is encrypted, with which key, and where the ciphertext goes. */
export interface EncryptOptions {
  /** The validated plaintext, from readPlaintext. */
  readonly plaintext: Uint8Array;
  /** Full resource name of the Cloud KMS key. */
  readonly key: string;
  /** The object that an envelope is bound to. @default none: there can be no envelope */
  readonly object?: Pick<SecretReference, 'bucket' | 'object'> | undefined;
  /** @default by the size */
  readonly format?: Format | undefined;
  /** Path of the ciphertext; the sidecar is written beside it. */
  readonly encryptedFile: string;
  readonly clients: CipherApi;
  /** When the values in it changed, for the deployment to note beside the object. */
  readonly keysChanged?: KeysChanged | undefined;
}

/** Suffix of the file beside the ciphertext that says which key version made it. */
const SIDECAR_SUFFIX = '.meta.json';

/**
 * Reads a secret and makes sure that the service will accept it.
 *
 * @param source path of a file, or `-` for standard input
 * @param encoding of a secret that is JSON or text
 * @throws CommandError when it cannot be read; InvalidSecretError, which holds no value, when the service would
 *   refuse it
 */
export async function readPlaintext(
  secret: Pick<FoundSecret, 'io' | 'name' | 'format'>,
  source: string,
  encoding?: Encoding,
): Promise<Uint8Array> {
  const { io, format } = secret;
  const advice = `: write it, or name another file with the secret ${secret.name}, which is ${format}.`;
  const bytes = await (source === '-' ? buffer(io.stdin) : readInputFile(io, source, advice));
  const name = source === '-' ? 'Standard input' : source;
  const plaintext = format === 'bytes' ? bytes : Buffer.from(decodeText(bytes, name, encoding));
  const file = source === '-' ? 'what is piped in' : source;
  await checkSecretOr(secret, plaintext, `Correct ${file} and run the command again.`);
  return plaintext;
}

/**
 * Step 4 of the article: encrypts a config and writes the ciphertext, up to 64 KiB as `gcloud kms encrypt` does, above
 * in chunks, and its sidecar `FILE.meta.json` = `{"kmsKeyVersion": …, "sha256": hex of the ciphertext, "keysChanged": …}`. After a
 * failure the previous files are as they were.
 *
 * @returns full resource name of the key version that was used
 * @throws SecretError when Cloud KMS refuses; CommandError when the files cannot be written
 */
export async function encryptConfig(options: EncryptOptions): Promise<string> {
  const { plaintext, key, object, format, clients, keysChanged } = options;
  if (!object && takesEnvelope(plaintext, format)) {
    throw new CommandError(
      `A config of ${plaintext.length} bytes takes an envelope, which is bound to its object: encrypt it with ` +
        'npx cloud-run-identity encrypt, which knows bucket and object by the settings.',
    );
  }
  const reference = { bucket: '', object: '', ...object, key };
  const { chunks, keyVersion } = await sealChunks(clients, reference, plaintext, { format });
  try {
    await writeAtomically(
      encryptedFiles(options.encryptedFile, chunks, { kmsKeyVersion: keyVersion, keysChanged }),
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CommandError(
      `${options.encryptedFile} could not be written (${code}): ` +
        'choose another file with --out, or make its folder writable.',
      { cause: error },
    );
  }
  return keyVersion;
}

/** The ciphertext, then its sidecar, which is there first: it counts only with the ciphertext that it names. */
function encryptedFiles(
  file: string,
  chunks: Iterable<Uint8Array>,
  { kmsKeyVersion, keysChanged }: { kmsKeyVersion: string; keysChanged: KeysChanged | undefined },
): FileContent[] {
  const hash = createHash('sha256');
  async function* ciphertext() {
    for await (const chunk of releasing(chunks)) {
      hash.update(chunk);
      yield chunk;
    }
  }
  function* sidecar() {
    yield Buffer.from(
      `${JSON.stringify({ kmsKeyVersion, sha256: hash.digest('hex'), keysChanged }, null, 2)}\n`,
    );
  }
  return [
    { path: file, bytes: ciphertext() },
    { path: file + SIDECAR_SUFFIX, bytes: sidecar() },
  ];
}

/**
 * Refuses a ciphertext path that would overwrite the plaintext.
 *
 * @throws CommandError naming both
 */
export function assertDistinct(io: Pick<Io, 'cwd'>, source: string, encryptedFile: string): void {
  const overwritten = [encryptedFile, encryptedFile + SIDECAR_SUFFIX].map((file) => pathOf(io, file));
  if (source === '-' || !overwritten.includes(pathOf(io, source))) return;
  throw new CommandError(
    `The ciphertext would overwrite its own plaintext ${source}: choose another file with --out, e.g. config.enc.`,
  );
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { decrypt, type EncryptOptions, encrypt } from './cipher.ts';
import type { GoogleClients } from './clients.ts';
import { IntegrityError, InvalidArgumentError } from './errors.ts';
import { replaceCommand } from './fixes.ts';
import { objectUrl, type SecretReference } from './reference.ts';

/** Most bytes that an envelope takes: 10 MiB. */
export const maxEnvelopeBytes = 10 * 1024 * 1024;

/** What comes with an envelope besides its plaintext, at most: header, data key, nonce and tag. */
export const envelopeOverheadBytes = 4096;

// A Cloud KMS ciphertext is a protocol buffer and begins with 0x0a, so the two cannot be taken for each other.
const magic = Buffer.from('CRIENV\x00\x01', 'latin1');
const headerBytes = magic.length + 2;
const nonceBytes = 12;
const tagBytes = 16;
const dataKeyBytes = 32;

type Cipher = Pick<GoogleClients, 'kms' | 'callerEmail'>;

/** An envelope cut into its parts; none has been authenticated. */
interface Parts {
  /** Magic, length and wrapped data key: what the tag covers besides the ciphertext and the binding. */
  readonly header: Uint8Array;
  readonly wrappedKey: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

/** How many bytes at its beginning say that something is an envelope. */
export const envelopeMagicBytes = magic.length;

/** Whether the bytes say that they are an envelope. */
export function isEnvelope(bytes: Uint8Array): boolean {
  return magic.equals(bytes.subarray(0, magic.length));
}

/**
 * Encrypts with AES-256-GCM under a data key of its own, which Cloud KMS wraps. Data key and ciphertext are both bound
 * to bucket and object: elsewhere the envelope does not open. docs/envelope.md has the format byte by byte.
 *
 * @returns the envelope, and the key version that wrapped the data key
 * @throws SecretError
 */
export async function sealEnvelope(
  clients: Cipher,
  reference: SecretReference,
  plaintext: Uint8Array,
  version?: EncryptOptions['version'],
): Promise<{ bytes: Buffer; keyVersion: string }> {
  if (plaintext.length > maxEnvelopeBytes) {
    throw new InvalidArgumentError(
      `The plaintext has ${plaintext.length} bytes, an envelope takes at most ${maxEnvelopeBytes}.`,
      'make it smaller.',
    );
  }
  const binding = bindingOf(reference);
  const dataKey = randomBytes(dataKeyBytes);
  const options = { additionalAuthenticatedData: binding, version };
  const { ciphertext: wrappedKey, keyVersion } = await encrypt(clients, reference.key, dataKey, options);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(wrappedKey.length);
  const header = Buffer.concat([magic, length, wrappedKey]);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce).setAAD(Buffer.concat([header, binding]));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  dataKey.fill(0);
  return { bytes: Buffer.concat([header, nonce, ciphertext, cipher.getAuthTag()]), keyVersion };
}

/**
 * Opens an envelope with the pinned key, as that of the pinned bucket and object.
 *
 * @throws IntegrityError when it is another object's, of another key, altered or truncated; other SecretErrors
 */
export async function openEnvelope(
  clients: Cipher,
  reference: SecretReference,
  envelope: Uint8Array,
): Promise<{ plaintext: Buffer; usedPrimary: boolean }> {
  const parts = split(envelope);
  if (!parts) throw notOurs(reference);
  const binding = bindingOf(reference);
  const unwrapped = await decrypt(clients, reference.key, parts.wrappedKey, binding).catch((error) => {
    throw error instanceof IntegrityError ? notOurs(reference, error) : error;
  });
  const { plaintext: dataKey, usedPrimary } = unwrapped;
  if (dataKey.length !== dataKeyBytes) throw notOurs(reference);
  try {
    const { header, nonce, ciphertext, tag } = parts;
    const decipher = createDecipheriv('aes-256-gcm', dataKey, nonce, { authTagLength: tagBytes })
      .setAAD(Buffer.concat([header, binding]))
      .setAuthTag(tag);
    return { plaintext: Buffer.concat([decipher.update(ciphertext), decipher.final()]), usedPrimary };
  } catch (cause) {
    throw notOurs(reference, cause);
  } finally {
    dataKey.fill(0);
  }
}

function split(envelope: Uint8Array): Parts | undefined {
  const bytes = Buffer.from(envelope.buffer, envelope.byteOffset, envelope.length);
  if (!isEnvelope(bytes) || bytes.length < headerBytes) return undefined;
  const nonceAt = headerBytes + bytes.readUInt16BE(magic.length);
  const ciphertextAt = nonceAt + nonceBytes;
  const tagAt = bytes.length - tagBytes;
  if (tagAt < ciphertextAt) return undefined;
  return {
    header: bytes.subarray(0, nonceAt),
    wrappedKey: bytes.subarray(headerBytes, nonceAt),
    nonce: bytes.subarray(nonceAt, ciphertextAt),
    ciphertext: bytes.subarray(ciphertextAt, tagAt),
    tag: bytes.subarray(tagAt),
  };
}

/** The object's full resource name (https://cloud.google.com/iam/docs/full-resource-names). */
function bindingOf({ bucket, object }: SecretReference): Buffer {
  return Buffer.from(`//storage.googleapis.com/projects/_/buckets/${bucket}/objects/${object}`);
}

function notOurs({ bucket, object, key }: SecretReference, cause?: unknown): IntegrityError {
  return new IntegrityError(
    `The envelope was not made with the key ${key} for ${objectUrl(bucket, object)}, or was altered or truncated since.`,
    replaceCommand(),
    { cause },
  );
}

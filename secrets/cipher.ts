import type { Checked, CipherApi, Received } from './apis.ts';
import { crc32c } from './checksum.ts';
import { retryDamaged } from './damage.ts';
import { IntegrityError, InvalidArgumentError, TransferError } from './errors.ts';
import { replaceCommand } from './fixes.ts';
import { callGoogle } from './google-errors.ts';
import { parseKeyName } from './reference.ts';

/** Most bytes that Cloud KMS encrypts in one call (https://cloud.google.com/kms/quotas): 64 KiB. */
export const maxPlaintextBytes = 65_536;

/** What encrypt gives. */
export interface Encrypted {
  /** Raw Cloud KMS ciphertext, as `gcloud kms encrypt` writes it. */
  readonly ciphertext: Buffer;
  /** Full resource name of the key version that was used. */
  readonly keyVersion: string;
}

/** What may go with a plaintext. */
export interface EncryptOptions {
  /** Must be given again to decrypt; up to 64 KiB. @default none */
  readonly additionalAuthenticatedData?: Uint8Array | undefined;
  /** Full resource name of the version of the key to use. @default the primary version */
  readonly version?: string | undefined;
}

/** What decrypt gives. */
export interface Decrypted {
  readonly plaintext: Buffer;
  /** Whether the key's primary version made the ciphertext: false says that it is older than a rotation. */
  readonly usedPrimary: boolean;
}

/**
 * Encrypts, by default with the key's primary version. CRC32C is checked by Cloud KMS on what it received and here
 * on what came back (https://cloud.google.com/kms/docs/data-integrity-guidelines); what was damaged is sent again.
 *
 * @param key full resource name of the key.
 * @throws SecretError
 */
export async function encrypt(
  apis: CipherApi,
  key: string,
  plaintext: Uint8Array,
  options: EncryptOptions = {},
): Promise<Encrypted> {
  parseKeyName(key);
  if (plaintext.length > maxPlaintextBytes) {
    throw new InvalidArgumentError(
      `The plaintext has ${plaintext.length} bytes, Cloud KMS takes at most ${maxPlaintextBytes}.`,
      'make it smaller.',
    );
  }
  return retryDamaged(() => encryptOnce(apis, key, plaintext, options));
}

async function encryptOnce(
  apis: CipherApi,
  key: string,
  plaintext: Uint8Array,
  { additionalAuthenticatedData, version }: EncryptOptions,
): Promise<Encrypted> {
  const call = { permission: 'cloudkms.cryptoKeyVersions.useToEncrypt', key } as const;
  const request = {
    name: version ?? key,
    plaintext: checked(plaintext),
    additionalAuthenticatedData: additionalAuthenticatedData && checked(additionalAuthenticatedData),
  };
  const answer = await callGoogle(call, apis.callerEmail, () => apis.encrypt(request));
  const isAuthenticated = !additionalAuthenticatedData || answer.verifiedAdditionalAuthenticatedData;
  if (!answer.verifiedPlaintext || !isAuthenticated || !answer.name || !isUnharmed(answer.ciphertext)) {
    throw damaged('encrypting', key);
  }
  return { ciphertext: answer.ciphertext.bytes, keyVersion: answer.name };
}

/**
 * Decrypts with the given key, whatever the ciphertext claims, and checks CRC32C in both directions; what was
 * damaged is sent again.
 *
 * @param key full resource name of the key: the caller's own, never one read beside the ciphertext.
 * @throws IntegrityError when the key does not open the ciphertext; other SecretErrors
 */
export async function decrypt(
  apis: CipherApi,
  key: string,
  ciphertext: Uint8Array,
  additionalAuthenticatedData?: Uint8Array,
): Promise<Decrypted> {
  parseKeyName(key);
  if (ciphertext.length === 0) {
    throw new IntegrityError('The ciphertext is empty.', replaceCommand());
  }
  return retryDamaged(() => decryptOnce(apis, key, ciphertext, additionalAuthenticatedData));
}

async function decryptOnce(
  apis: CipherApi,
  key: string,
  ciphertext: Uint8Array,
  additionalAuthenticatedData: Uint8Array | undefined,
): Promise<Decrypted> {
  const call = { permission: 'cloudkms.cryptoKeyVersions.useToDecrypt', key } as const;
  const request = {
    name: key,
    ciphertext: checked(ciphertext),
    additionalAuthenticatedData: additionalAuthenticatedData && checked(additionalAuthenticatedData),
  };
  const { plaintext, usedPrimary } = await callGoogle(call, apis.callerEmail, () => apis.decrypt(request));
  if (!isUnharmed(plaintext)) throw damaged('decrypting', key);
  return { plaintext: plaintext.bytes, usedPrimary };
}

function checked(bytes: Uint8Array): Checked {
  return { bytes, crc32c: crc32c(bytes) };
}

function isUnharmed({ bytes, crc32c: expected }: Received): boolean {
  return expected === crc32c(bytes);
}

function damaged(doing: string, key: string): TransferError {
  return new TransferError(`Data was damaged in transit while ${doing} with ${key}.`, 'try again.');
}

import { crc32c } from './checksum.ts';
import type { GoogleClients } from './clients.ts';
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

type Cipher = Pick<GoogleClients, 'kms' | 'callerEmail'>;

// By default the client tries again for ten minutes, in silence; the callers know how long to wait.
const callOptions = { retry: null };

/**
 * Encrypts, by default with the key's primary version. CRC32C is checked by Cloud KMS on what it received and here
 * on what came back (https://cloud.google.com/kms/docs/data-integrity-guidelines); what was damaged is sent again.
 *
 * @param key full resource name of the key.
 * @throws SecretError
 */
export async function encrypt(
  clients: Cipher,
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
  return retryDamaged(() => encryptOnce(clients, key, plaintext, options));
}

async function encryptOnce(
  clients: Cipher,
  key: string,
  plaintext: Uint8Array,
  { additionalAuthenticatedData, version }: EncryptOptions,
): Promise<Encrypted> {
  const call = { permission: 'cloudkms.cryptoKeyVersions.useToEncrypt', key } as const;
  const [answer] = await callGoogle(call, clients.callerEmail, () =>
    clients.kms.encrypt(
      {
        name: version ?? key,
        plaintext,
        plaintextCrc32c: { value: crc32c(plaintext) },
        ...authenticate(additionalAuthenticatedData),
      },
      callOptions,
    ),
  );
  const ciphertext = bytes(answer.ciphertext);
  const verified = answer.verifiedPlaintextCrc32c && isAuthenticated(answer, additionalAuthenticatedData);
  if (!verified || !answer.name || !matches(ciphertext, answer.ciphertextCrc32c)) {
    throw damaged('encrypting', key);
  }
  return { ciphertext, keyVersion: answer.name };
}

/**
 * Decrypts with the given key, whatever the ciphertext claims, and checks CRC32C in both directions; what was
 * damaged is sent again.
 *
 * @param key full resource name of the key: the caller's own, never one read beside the ciphertext.
 * @throws IntegrityError when the key does not open the ciphertext; other SecretErrors
 */
export async function decrypt(
  clients: Cipher,
  key: string,
  ciphertext: Uint8Array,
  additionalAuthenticatedData?: Uint8Array,
): Promise<Decrypted> {
  parseKeyName(key);
  if (ciphertext.length === 0) {
    throw new IntegrityError('The ciphertext is empty.', replaceCommand());
  }
  return retryDamaged(() => decryptOnce(clients, key, ciphertext, additionalAuthenticatedData));
}

async function decryptOnce(
  clients: Cipher,
  key: string,
  ciphertext: Uint8Array,
  additionalAuthenticatedData: Uint8Array | undefined,
): Promise<Decrypted> {
  const call = { permission: 'cloudkms.cryptoKeyVersions.useToDecrypt', key } as const;
  const [answer] = await callGoogle(call, clients.callerEmail, () =>
    clients.kms.decrypt(
      {
        name: key,
        ciphertext,
        ciphertextCrc32c: { value: crc32c(ciphertext) },
        ...authenticate(additionalAuthenticatedData),
      },
      callOptions,
    ),
  );
  const plaintext = bytes(answer.plaintext);
  if (!matches(plaintext, answer.plaintextCrc32c)) throw damaged('decrypting', key);
  return { plaintext, usedPrimary: answer.usedPrimary === true };
}

function authenticate(data: Uint8Array | undefined) {
  if (data === undefined) return {};
  return { additionalAuthenticatedData: data, additionalAuthenticatedDataCrc32c: { value: crc32c(data) } };
}

function isAuthenticated(
  answer: { verifiedAdditionalAuthenticatedDataCrc32c?: boolean | null },
  data: Uint8Array | undefined,
): boolean {
  return data === undefined || answer.verifiedAdditionalAuthenticatedDataCrc32c === true;
}

function bytes(field: Uint8Array | string | null | undefined): Buffer {
  return typeof field === 'string' ? Buffer.from(field, 'base64') : Buffer.from(field ?? []);
}

function matches(data: Uint8Array, checksum: { value?: unknown } | null | undefined): boolean {
  return checksum?.value != null && Number(checksum.value) === crc32c(data);
}

function damaged(doing: string, key: string): TransferError {
  return new TransferError(`Data was damaged in transit while ${doing} with ${key}.`, 'try again.');
}

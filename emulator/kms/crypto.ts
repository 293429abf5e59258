import { crc32c } from '@aws-crypto/crc32c';
import { GoogleApiError } from '../http/errors.ts';
import { open, originOf, seal } from './ciphertext.ts';
import { type CryptoKey, type KeyVersion, versionName } from './keys.ts';

/** Plaintext and additional authenticated data of a software key (https://cloud.google.com/kms/quotas). */
const LIMIT_BYTES = 64 * 1024;

/** EncryptRequest in its JSON form: bytes are base64, int64 wrappers are strings or numbers. */
export interface EncryptRequest {
  readonly plaintext?: string;
  readonly plaintextCrc32c?: string | number;
  readonly additionalAuthenticatedData?: string;
  readonly additionalAuthenticatedDataCrc32c?: string | number;
}

/** DecryptRequest in its JSON form. */
export interface DecryptRequest {
  readonly ciphertext?: string;
  readonly ciphertextCrc32c?: string | number;
  readonly additionalAuthenticatedData?: string;
  readonly additionalAuthenticatedDataCrc32c?: string | number;
}

/**
 * Encrypts with a version of a key.
 * @returns EncryptResponse in its JSON form
 * @throws GoogleApiError INVALID_ARGUMENT for sizes, encodings and checksums; FAILED_PRECONDITION for a version that is not enabled
 */
export function encrypt(key: CryptoKey, version: KeyVersion | undefined, request: EncryptRequest) {
  if (!version)
    throw new GoogleApiError('FAILED_PRECONDITION', `CryptoKey ${key.name} has no primary version.`);
  const plaintext = bytesOf('plaintext', request.plaintext, LIMIT_BYTES);
  const aad = bytesOf('additional_authenticated_data', request.additionalAuthenticatedData, LIMIT_BYTES);
  const verifiedPlaintextCrc32c = verify('plaintext', plaintext, request.plaintextCrc32c);
  const verifiedAad = verify('additional_authenticated_data', aad, request.additionalAuthenticatedDataCrc32c);
  const origin = { keyUid: key.uid, version: version.number };
  const ciphertext = seal(materialOf(key, version), origin, plaintext, aad);
  return {
    name: versionName(key, version),
    ciphertext: ciphertext.toString('base64'),
    ciphertextCrc32c: String(crc32c(ciphertext)),
    verifiedPlaintextCrc32c,
    verifiedAdditionalAuthenticatedDataCrc32c: verifiedAad,
    protectionLevel: 'SOFTWARE',
  };
}

/**
 * Decrypts with whichever version of the key made the ciphertext.
 * @param primary the version that counts as the key's primary one
 * @returns DecryptResponse in its JSON form
 * @throws GoogleApiError INVALID_ARGUMENT for another key's, an altered or a truncated ciphertext, or other additional
 *   data; FAILED_PRECONDITION for a version that is not enabled
 */
export function decrypt(key: CryptoKey, primary: KeyVersion | undefined, request: DecryptRequest) {
  const ciphertext = bytesOf('ciphertext', request.ciphertext, LIMIT_BYTES + 1024);
  const aad = bytesOf('additional_authenticated_data', request.additionalAuthenticatedData, LIMIT_BYTES);
  verify('ciphertext', ciphertext, request.ciphertextCrc32c);
  verify('additional_authenticated_data', aad, request.additionalAuthenticatedDataCrc32c);
  const origin = originOf(ciphertext);
  const version = key.versions.find(({ number }) => number === origin?.version);
  if (!origin || origin.keyUid !== key.uid || !version) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      "Decryption failed: verify that 'name' refers to the correct CryptoKey.",
    );
  }
  const plaintext = open(materialOf(key, version), ciphertext, aad);
  if (!plaintext)
    throw new GoogleApiError('INVALID_ARGUMENT', 'Decryption failed: the ciphertext is invalid.');
  return {
    plaintext: plaintext.toString('base64'),
    plaintextCrc32c: String(crc32c(plaintext)),
    usedPrimary: version === primary,
    protectionLevel: 'SOFTWARE',
  };
}

function materialOf(key: CryptoKey, version: KeyVersion): Buffer {
  if (version.state === 'ENABLED' && version.material) return version.material;
  throw new GoogleApiError(
    'FAILED_PRECONDITION',
    `${versionName(key, version)} is not enabled, current state is: ${version.state}.`,
  );
}

function bytesOf(field: string, base64: unknown, limit: number): Buffer {
  if (base64 === undefined) return Buffer.alloc(0);
  // The value may be a secret, so the message does not repeat it as Google's does.
  const wellFormed = typeof base64 === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(base64);
  if (!wellFormed)
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Invalid value at '${field}' (TYPE_BYTES), Base64 decoding failed.`,
    );
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length <= limit) return bytes;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `The ${field} is ${bytes.length} bytes long; at most ${limit} are allowed.`,
  );
}

/** True when a checksum was given and fits, false when none was given. */
function verify(field: string, bytes: Buffer, given: string | number | undefined): boolean {
  if (given === undefined || given === null) return false;
  if (Number(given) === crc32c(bytes)) return true;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `The checksum in field ${field}_crc32c did not match the data in field ${field}.`,
  );
}

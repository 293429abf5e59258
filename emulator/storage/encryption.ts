import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { GoogleApiError } from '../http/errors.ts';
import { decrypt, encrypt } from '../kms/crypto.ts';
import { type KeyStore, type KmsPath, pathOfKey, resourceOf } from '../kms/key-store.ts';
import type { CryptoKey } from '../kms/keys.ts';
import { type CloudState, decide } from '../state.ts';
import type { BucketLocation } from './bucket-location.ts';

const CIPHER = 'aes-256-gcm';

/** How the bytes of an object are encrypted: with a key of their own, which a version of a Cloud KMS key wraps. */
export interface Encryption {
  /** Resource name of the version. */
  readonly keyVersion: string;
  readonly wrappedKey: Buffer;
  readonly nonce: Buffer;
  readonly tag: Buffer;
}

/** Of a generation of an object what is encrypted. */
interface Sealed {
  readonly name: string;
  readonly content: Buffer;
  readonly encryption?: Encryption;
}

/** The account that Cloud Storage uses Cloud KMS as (https://cloud.google.com/storage/docs/projects#service-agents). */
export function storageAgent({ project }: Pick<CloudState, 'project'>): string {
  return `service-${project.projectNumber}@gs-project-accounts.iam.gserviceaccount.com`;
}

/**
 * Encryption with customer-managed keys, as Cloud Storage does it: its own account calls Cloud KMS, so an object can be
 * read only while that may decrypt with the key, and while the version that encrypted it is enabled
 * (https://cloud.google.com/storage/docs/encryption/customer-managed-keys).
 */
export class CustomerManagedEncryption {
  readonly #state: CloudState;
  readonly #keys: KeyStore;

  constructor(state: CloudState, keys: KeyStore) {
    this.#state = state;
    this.#keys = keys;
  }

  /**
   * Refuses a key that a bucket there cannot use.
   * @param name full resource name of a key, no version
   * @throws GoogleApiError 400 for a malformed name or another location, 403 where the agent may not encrypt with it
   */
  checkKey(name: unknown, location: BucketLocation): void {
    const path = typeof name === 'string' ? pathOfKey(name) : undefined;
    if (!path) throw new GoogleApiError('INVALID_ARGUMENT', 'Malformed Cloud KMS crypto key.');
    if (path.location !== keyLocationOf(location)) {
      throw new GoogleApiError(
        'INVALID_ARGUMENT',
        `Cloud KMS key location '${path.location}' not allowed: the bucket in ${location.location} needs one in '${keyLocationOf(location)}'.`,
        { reason: 'cloudKmsKeyLocationNotAllowed' },
      );
    }
    this.#key(path, 'useToEncrypt', 'checkKey');
  }

  /** Encrypts bytes with the primary version of a key. @throws GoogleApiError as `checkKey`, 400 for a disabled version */
  seal(name: string, content: Buffer, object: string): { content: Buffer; encryption: Encryption } {
    const key = this.#key(existingPath(name), 'useToEncrypt', object);
    const [dataKey, nonce] = [randomBytes(32), randomBytes(12)];
    const wrapped = usable(() =>
      encrypt(key, this.#keys.primary(key), { plaintext: dataKey.toString('base64') }),
    );
    const cipher = createCipheriv(CIPHER, dataKey, nonce);
    const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
    const wrappedKey = Buffer.from(wrapped.ciphertext, 'base64');
    return {
      content: sealed,
      encryption: { keyVersion: wrapped.name, wrappedKey, nonce, tag: cipher.getAuthTag() },
    };
  }

  /**
   * A generation with its bytes in clear.
   * @throws GoogleApiError 400 `cloudKmsDisabledKey`, 403 where the agent may not decrypt any more
   */
  opened<Version extends Sealed>(version: Version): Version {
    const { encryption, content, name } = version;
    if (!encryption) return version;
    const { keyVersion, wrappedKey, nonce, tag } = encryption;
    const key = this.#key(existingPath(keyOfVersion(keyVersion)), 'useToDecrypt', name);
    const { plaintext } = usable(() =>
      decrypt(key, undefined, { ciphertext: wrappedKey.toString('base64') }),
    );
    const cipher = createDecipheriv(CIPHER, Buffer.from(plaintext, 'base64'), nonce).setAuthTag(tag);
    return { ...version, content: Buffer.concat([cipher.update(content), cipher.final()]) };
  }

  /** Whether what is encrypted of a generation besides its bytes, its hashes, can be read now. */
  isReadable(version: Sealed): boolean {
    try {
      this.opened(version);
      return true;
    } catch {
      return false;
    }
  }

  #key(path: KmsPath, use: 'useToEncrypt' | 'useToDecrypt', object: string): CryptoKey {
    const principal = { member: `serviceAccount:${storageAgent(this.#state)}` };
    const asking = { principal, method: 'Storage', url: object };
    const permission = `cloudkms.cryptoKeyVersions.${use}`;
    if (!decide(this.#state, asking, permission, resourceOf(path)).granted) {
      throw new GoogleApiError(
        'PERMISSION_DENIED',
        'Permission denied on Cloud KMS key. Please ensure that your Cloud Storage service account has been authorized to use this key.',
      );
    }
    try {
      return this.#keys.key(path);
    } catch (cause) {
      const [what, reason] =
        use === 'useToEncrypt'
          ? ['Cloud KMS encryption key not found.', 'cloudKmsEncryptionKeyNotFound']
          : ["Resource's Cloud KMS decryption key not found.", 'cloudKmsDecryptionKeyNotFound'];
      throw Object.assign(new GoogleApiError('INVALID_ARGUMENT', what, { reason }), { cause });
    }
  }
}

/** The key of a version's name. */
export function keyOfVersion(name: string): string {
  return name.replace(/\/cryptoKeyVersions\/\d+$/, '');
}

/** @throws GoogleApiError 400 */
function existingPath(name: string): KmsPath {
  const path = pathOfKey(name);
  if (path) return path;
  throw new GoogleApiError('INVALID_ARGUMENT', 'Malformed Cloud KMS crypto key.');
}

/** Keys are where the bucket is; of a dual-region whose regions are chosen, where both are. */
function keyLocationOf({ location }: BucketLocation): string {
  return location === 'EU' ? 'europe' : location.toLowerCase();
}

/** Cloud KMS says which version is not enabled; Cloud Storage says so much. */
function usable<Result>(use: () => Result): Result {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof GoogleApiError) || error.status !== 'FAILED_PRECONDITION') throw error;
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Cloud KMS key is disabled, destroyed, or scheduled to be destroyed. ${error.message}`,
      {
        reason: 'cloudKmsDisabledKey',
      },
    );
  }
}

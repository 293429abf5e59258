import type { CipherApi } from './apis.ts';
import { decrypt, encrypt, maxPlaintextBytes } from './cipher.ts';
import { openEnvelope, sealEnvelope } from './envelope/envelope.ts';
import { isEnvelope } from './envelope/format.ts';
import type { SecretReference } from './reference.ts';

/** How a config is encrypted: by Cloud KMS itself, or under a data key that Cloud KMS wraps. */
export type Format = 'kms' | 'envelope';

/** How to encrypt, where it is not left to the size. */
export interface SealOptions {
  /** @default `kms` for up to 64 KiB, `envelope` above */
  readonly format?: Format | undefined;
  /** Full resource name of the version of the key to use. @default the primary version */
  readonly version?: string | undefined;
}

/** An encrypted config, as it is stored. */
export interface Sealed {
  readonly bytes: Buffer;
  /** Full resource name of the key version that was used. */
  readonly keyVersion: string;
}

/** A config that was decrypted, and how. */
export interface Unsealed {
  readonly plaintext: Buffer;
  /** Whether the key's primary version made the ciphertext: false says that it is older than a rotation. */
  readonly usedPrimary: boolean;
  readonly format: Format;
}

/**
 * Encrypts a config for its object: raw Cloud KMS ciphertext, which `gcloud kms decrypt` opens, for as long as Cloud
 * KMS takes it; an envelope, which is bound to bucket and object, above or when asked for.
 *
 * @throws SecretError
 */
export async function seal(
  apis: CipherApi,
  reference: SecretReference,
  plaintext: Uint8Array,
  { format, version }: SealOptions = {},
): Promise<Sealed> {
  if (takesEnvelope(plaintext, format)) return sealEnvelope(apis, reference, plaintext, version);
  const { ciphertext, keyVersion } = await encrypt(apis, reference.key, plaintext, { version });
  return { bytes: ciphertext, keyVersion };
}

/** Whether a config is encrypted as an envelope. @param format what was asked for */
export function takesEnvelope(plaintext: Uint8Array, format?: Format): boolean {
  return format === 'envelope' || plaintext.length > maxPlaintextBytes;
}

/**
 * Decrypts what `seal`, or `gcloud kms encrypt`, made. The key is the reference's, whatever the bytes say.
 *
 * @throws SecretError
 */
export async function unseal(
  apis: CipherApi,
  reference: SecretReference,
  bytes: Uint8Array,
): Promise<Unsealed> {
  const format = isEnvelope(bytes) ? 'envelope' : 'kms';
  const opened =
    format === 'envelope'
      ? await openEnvelope(apis, reference, bytes)
      : await decrypt(apis, reference.key, bytes);
  return { ...opened, format };
}

import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';

/**
 * A ciphertext of the local cloud, opaque to clients as Google's is, and beginning with the same bytes (base64 `CiQA`):
 * field 1 names the key and its version, field 2 holds nonce, AES-256-GCM ciphertext and tag.
 * The header is authenticated together with the caller's additional data.
 */
const HEADER_START = Buffer.from([0x0a, 0x24, 0x00]);
const KEY_UID_BYTES = 16;
const HEADER_BYTES = 38;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Which key version made a ciphertext. */
export interface CiphertextOrigin {
  /** The key's 16-byte id, hexadecimal. */
  readonly keyUid: string;
  /** The number of the version. */
  readonly version: number;
}

/**
 * Encrypts and authenticates. `key` has 32 bytes. It is made a key object first: with the bytes, Node's ciphers take
 * three times as long.
 */
export function seal(key: Buffer, origin: CiphertextOrigin, plaintext: Buffer, aad: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  HEADER_START.copy(header);
  header.write(origin.keyUid, HEADER_START.length, 'hex');
  header.writeUInt32BE(origin.version, HEADER_START.length + KEY_UID_BYTES);
  randomBytes(15).copy(header, HEADER_START.length + KEY_UID_BYTES + 4);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), nonce).setAAD(
    Buffer.concat([header, aad]),
  );
  const body = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return Buffer.concat([header, lengthPrefix(body.length), body]);
}

/** Which key version made the ciphertext; undefined when it is none of the local cloud's. */
export function originOf(ciphertext: Buffer): CiphertextOrigin | undefined {
  if (ciphertext.length < HEADER_BYTES || !ciphertext.subarray(0, 3).equals(HEADER_START)) return undefined;
  const uidEnd = HEADER_START.length + KEY_UID_BYTES;
  return {
    keyUid: ciphertext.toString('hex', HEADER_START.length, uidEnd),
    version: ciphertext.readUInt32BE(uidEnd),
  };
}

/** Decrypts; undefined when ciphertext or additional data are not those that were sealed. */
export function open(key: Buffer, ciphertext: Buffer, aad: Buffer): Buffer | undefined {
  const header = ciphertext.subarray(0, HEADER_BYTES);
  const body = bodyOf(ciphertext);
  if (!body || body.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), body.subarray(0, NONCE_BYTES))
    .setAAD(Buffer.concat([header, aad]))
    .setAuthTag(body.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function bodyOf(ciphertext: Buffer): Buffer | undefined {
  for (let prefixBytes = 2; prefixBytes <= 5; prefixBytes++) {
    const body = ciphertext.subarray(HEADER_BYTES + prefixBytes);
    const prefix = ciphertext.subarray(HEADER_BYTES, HEADER_BYTES + prefixBytes);
    if (prefix.equals(lengthPrefix(body.length))) return body;
  }
  return undefined;
}

/** The tag of field 2 and the length of its value as a protobuf varint. */
function lengthPrefix(length: number): Buffer {
  const bytes = [0x12];
  let rest = length;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}

import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { type Header, tagBytes } from './format.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;

/**
 * The chunks of an envelope, encrypted by the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015,
 * https://eprint.iacr.org/2015/189): each nonce holds the number of its chunk and whether it is the last. So chunks
 * that were moved, left out, repeated or added do not open, nor does an envelope that ends too early.
 *
 * @param binding what the chunks are bound to besides the header
 * @returns encrypts the next chunk: its ciphertext and its tag
 */
export function createSealer(
  dataKey: KeyObject,
  header: Header,
  binding: Uint8Array,
): (chunk: Uint8Array, isLast: boolean) => [ciphertext: Buffer, tag: Buffer] {
  const nextNonce = createNonces(header);
  const authenticated = Buffer.concat([header.bytes, binding]);
  return (chunk, isLast) => {
    const cipher = createCipheriv(algorithm, dataKey, nextNonce(isLast)).setAAD(authenticated);
    const ciphertext = cipher.update(chunk);
    cipher.final();
    return [ciphertext, cipher.getAuthTag()];
  };
}

/**
 * The way back.
 *
 * @returns decrypts the next chunk, which comes in any pieces, ciphertext and tag together; throws unless it is what was
 *   encrypted as this chunk
 */
export function createOpener(
  dataKey: KeyObject,
  header: Header,
  binding: Uint8Array,
): (sealed: readonly Uint8Array[], isLast: boolean) => Buffer[] {
  const nextNonce = createNonces(header);
  const authenticated = Buffer.concat([header.bytes, binding]);
  return (sealed, isLast) => {
    let rest = sealed.reduce((sum, { length }) => sum + length, -tagBytes);
    if (rest < 0) throw new Error('the last chunk is cut off');
    const decipher = createDecipheriv(algorithm, dataKey, nextNonce(isLast), { authTagLength: tagBytes });
    decipher.setAAD(authenticated);
    const plaintext: Buffer[] = [];
    const tag: Uint8Array[] = [];
    for (const piece of sealed) {
      const ciphertext = piece.subarray(0, rest);
      if (ciphertext.length > 0) plaintext.push(decipher.update(ciphertext));
      rest -= ciphertext.length;
      tag.push(piece.subarray(ciphertext.length));
    }
    decipher.setAuthTag(Buffer.concat(tag)).final();
    return plaintext;
  };
}

/** Prefix of the envelope, number of the chunk, 1 for the last one; throws after 2^32 chunks, as none is used twice. */
function createNonces({ noncePrefix }: Header): (isLast: boolean) => Buffer {
  let chunks = 0;
  return (isLast) => {
    const nonce = Buffer.alloc(nonceBytes);
    nonce.set(noncePrefix);
    nonce.writeUInt32BE(chunks++, noncePrefix.length);
    nonce.writeUInt8(isLast ? 1 : 0, nonceBytes - 1);
    return nonce;
  };
}

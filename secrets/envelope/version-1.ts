import { createDecipheriv } from 'node:crypto';
import type { CipherApi } from '../apis.ts';
import type { SecretReference } from '../reference.ts';
import { bindingOf, notOurs, unwrapDataKey } from './data-key.ts';
import { envelopeMagicBytes, tagBytes } from './format.ts';

const lengthAt = envelopeMagicBytes + 1;
const wrappedKeyAt = lengthAt + 2;
const nonceBytes = 12;

/**
 * Opens an envelope of version 1, which is one piece. None is made any more, but there are some in buckets.
 *
 * @throws SecretError
 */
export async function openVersion1(
  apis: CipherApi,
  reference: SecretReference,
  envelope: Uint8Array,
): Promise<{ plaintext: Buffer; usedPrimary: boolean }> {
  const bytes = Buffer.from(envelope.buffer, envelope.byteOffset, envelope.length);
  const nonceAt = bytes.length < wrappedKeyAt ? bytes.length : wrappedKeyAt + bytes.readUInt16BE(lengthAt);
  const ciphertextAt = nonceAt + nonceBytes;
  const tagAt = bytes.length - tagBytes;
  if (tagAt < ciphertextAt) throw notOurs(reference);
  const wrappedKey = bytes.subarray(wrappedKeyAt, nonceAt);
  const { dataKey, usedPrimary } = await unwrapDataKey(apis, reference, wrappedKey);
  const nonce = bytes.subarray(nonceAt, ciphertextAt);
  try {
    const decipher = createDecipheriv('aes-256-gcm', dataKey, nonce, { authTagLength: tagBytes })
      .setAAD(Buffer.concat([bytes.subarray(0, nonceAt), bindingOf(reference)]))
      .setAuthTag(bytes.subarray(tagAt));
    const plaintext = decipher.update(bytes.subarray(ciphertextAt, tagAt));
    decipher.final();
    return { plaintext, usedPrimary };
  } catch (cause) {
    throw notOurs(reference, cause);
  }
}

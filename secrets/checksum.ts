import { crc32c as castagnoli } from '@aws-crypto/crc32c';

/**
 * CRC32C (Castagnoli, RFC 3720 appendix B.4) of the bytes as an unsigned 32-bit number.
 * Cloud KMS takes and gives it like this, as an Int64Value.
 */
export function crc32c(bytes: Uint8Array): number {
  return castagnoli(bytes) >>> 0;
}

/**
 * CRC32C in the form of Cloud Storage's `crc32c` field and `x-goog-hash` header: base64 of the four
 * bytes in big-endian order (https://cloud.google.com/storage/docs/data-validation).
 */
export function crc32cBase64(bytes: Uint8Array): string {
  const bigEndian = Buffer.alloc(4);
  bigEndian.writeUInt32BE(crc32c(bytes));
  return bigEndian.toString('base64');
}

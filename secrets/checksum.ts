/**
 * CRC32C (Castagnoli, RFC 3720 appendix B.4) of the bytes as an unsigned 32-bit number.
 * Cloud KMS takes and gives it like this, as an Int64Value.
 *
 * Eight bytes a step (Kounavis and Berry 2005, "slicing by 8"): on 10 MiB more than ten times as fast as byte by byte.
 */
export function crc32c(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sliced = bytes.length & ~7;
  let crc = -1;
  for (let at = 0; at < sliced; at += 8) {
    const low = view.getInt32(at, true) ^ crc;
    const high = view.getInt32(at + 4, true);
    crc =
      lookUp(7, low & 255) ^
      lookUp(6, (low >>> 8) & 255) ^
      lookUp(5, (low >>> 16) & 255) ^
      lookUp(4, low >>> 24) ^
      lookUp(3, high & 255) ^
      lookUp(2, (high >>> 8) & 255) ^
      lookUp(1, (high >>> 16) & 255) ^
      lookUp(0, high >>> 24);
  }
  for (let at = sliced; at < bytes.length; at++) {
    crc = (crc >>> 8) ^ lookUp(0, (crc ^ view.getUint8(at)) & 255);
  }
  return ~crc >>> 0;
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

/** The same checksum, from that form, in hexadecimal: what tells ciphertexts apart for people. */
export function fingerprintOf(crc32cOfStorage: string): string {
  return Buffer.from(crc32cOfStorage, 'base64').toString('hex');
}

// 256 * n + b: what the byte b does to the checksum when n more bytes follow it.
const table = makeTable();

function lookUp(following: number, byte: number): number {
  return table[256 * following + byte] ?? 0;
}

function makeTable(): Int32Array {
  // 0x1EDC6F41 with its bits in reverse.
  const polynomial = 0x82f63b78;
  const made = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0);
    made[byte] = crc;
  }
  for (let at = 256; at < made.length; at++) {
    const crc = made[at - 256] ?? 0;
    made[at] = (crc >>> 8) ^ (made[crc & 255] ?? 0);
  }
  return made;
}

/** Fields of Cloud KMS that hold data; in JSON they are base64. */
const DATA_FIELD = /"(?:plaintext|ciphertext)":\s*"([A-Za-z0-9+/=_-]+)"/;

/** Checksum fields: Cloud KMS has them as decimal text, Cloud Storage as base64 of four bytes. */
const CHECKSUM_FIELDS = /("\w*[cC]rc32c":\s*)"([^"]+)"/g;

/** Flips the last bit of the data in a body: of a plaintext or ciphertext in JSON, of an upload, or of the body itself. */
export function flipBit(body: Buffer): Buffer {
  const text = body.toString('latin1');
  const [, data] = DATA_FIELD.exec(text) ?? [];
  if (data) {
    const flipped = flipLastBit(Buffer.from(data, 'base64')).toString('base64');
    return Buffer.from(text.replace(data, flipped), 'latin1');
  }
  const upload = /^--\S+\r\n/.test(text) ? text.lastIndexOf('\r\n--') : -1;
  if (upload < 0) return flipLastBit(body);
  return Buffer.concat([flipLastBit(body.subarray(0, upload)), body.subarray(upload)]);
}

function flipLastBit(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  const last = flipped.length - 1;
  if (last >= 0) flipped.writeUInt8(flipped.readUInt8(last) ^ 1, last);
  return flipped;
}

/** Puts other checksums in place of those in a JSON body. */
export function changeChecksums(body: Buffer): Buffer {
  return Buffer.from(
    body
      .toString('latin1')
      .replace(CHECKSUM_FIELDS, (_all, name: string, value: string) => `${name}"${otherChecksum(value)}"`),
    'latin1',
  );
}

/** Another checksum of the same kind; for the `x-goog-hash` header all of its parts. */
export function otherChecksum(value: string): string {
  if (/^\d+$/.test(value)) return String((Number(value) ^ 1) >>> 0);
  if (value.includes(',') || /^(crc32c|md5)=/.test(value)) {
    return value
      .split(',')
      .map((part) => part.replace(/=(.*)$/, (_all, hash: string) => `=${otherChecksum(hash)}`))
      .join(',');
  }
  return flipLastBit(Buffer.from(value, 'base64')).toString('base64');
}

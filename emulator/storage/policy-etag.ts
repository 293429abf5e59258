/**
 * The etag of a policy as Cloud Storage shows it. Google's is a small number (`CAE=`), in which base64's `+` and `/` do not
 * occur. gcloud takes that for granted: it writes the alphabet of URLs and reads the standard one.
 * @param etag base64, any alphabet
 * @returns base64 that is the same in both alphabets: of hexadecimal digits
 */
export function toStorageEtag(etag: string): string {
  return Buffer.from(Buffer.from(etag, 'base64').toString('hex')).toString('base64');
}

/** The way back. What Cloud Storage never showed becomes an etag that no policy has. */
export function fromStorageEtag(etag: string): string {
  return Buffer.from(Buffer.from(etag, 'base64').toString(), 'hex').toString('base64') || 'none';
}

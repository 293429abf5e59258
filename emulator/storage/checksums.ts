import { createHash } from 'node:crypto';
import { Crc32c } from '@aws-crypto/crc32c';
import { GoogleApiError } from '../http/errors.ts';

/** The checksums of an object's bytes as Cloud Storage writes them, in base64. */
export interface Checksums {
  /** CRC32C (RFC 3720), four bytes in big-endian order. */
  readonly crc32c: string;
  readonly md5Hash: string;
}

/** Computes both checksums of the bytes. */
export function checksumsOf(content: Uint8Array): Checksums {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(new Crc32c().update(content).digest());
  return { crc32c: crc.toString('base64'), md5Hash: createHash('md5').update(content).digest('base64') };
}

/** The checksums in an `x-goog-hash` header, e.g. `crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ==`. */
export function parseHashHeader(header: string | readonly string[] | undefined): Partial<Checksums> {
  const pairs = [header ?? []].flat().flatMap((line) => line.split(','));
  const hashes = new Map(pairs.map((pair) => splitOnce(pair.trim())));
  const crc32c = hashes.get('crc32c');
  const md5Hash = hashes.get('md5');
  return { ...(crc32c && { crc32c }), ...(md5Hash && { md5Hash }) };
}

/** The `x-goog-hash` header of a download. */
export function hashHeader({
  crc32c,
  md5Hash,
  componentCount,
}: Checksums & { readonly componentCount?: number }): string {
  return componentCount === undefined ? `crc32c=${crc32c},md5=${md5Hash}` : `crc32c=${crc32c}`;
}

/**
 * Refuses bytes that are not those whose checksums the client gave.
 * @throws GoogleApiError INVALID_ARGUMENT in Google's words
 */
export function verifyChecksums(provided: Partial<Checksums>, calculated: Checksums): void {
  const differ = (label: string, given: string | undefined, real: string) => {
    if (given === undefined || given === real) return;
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Provided ${label} "${given}" doesn't match calculated ${label} "${real}".`,
    );
  };
  differ('CRC32C', provided.crc32c, calculated.crc32c);
  differ('MD5 hash', provided.md5Hash, calculated.md5Hash);
}

/** Splits at the first `=` only: base64 ends in more of them. */
function splitOnce(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

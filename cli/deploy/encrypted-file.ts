import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { crc32cBase64, fingerprintOf } from '@cloud-run-identity/secrets';
import { writeAtomically } from '../commands/atomic-write.ts';

/** What the synthesis reads beside a ciphertext, as the command `encrypt` writes it. */
const SIDECAR_SUFFIX = '.meta.json';

/**
 * Puts a ciphertext that came from elsewhere in place of a file that Terraform uploads, with its sidecar where its key
 * version is known. What stood there is kept beside it under another name.
 *
 * @returns where that is; undefined when there was none
 */
export async function writeEncryptedFile(
  file: string,
  bytes: Uint8Array,
  keyVersion: string | undefined,
): Promise<string | undefined> {
  const kept = path.join(path.dirname(file), `replaced-${path.basename(file)}`);
  const isThere = existsSync(file);
  if (isThere) await copyFile(file, kept);
  const sidecar = { kmsKeyVersion: keyVersion, sha256: createHash('sha256').update(bytes).digest('hex') };
  const sidecarFile = {
    path: file + SIDECAR_SUFFIX,
    bytes: Buffer.from(`${JSON.stringify(sidecar, null, 2)}\n`),
  };
  if (keyVersion === undefined) await rm(sidecarFile.path, { force: true });
  await writeAtomically([{ path: file, bytes }, ...(keyVersion === undefined ? [] : [sidecarFile])]);
  return isThere ? kept : undefined;
}

/** CRC32C of a file's bytes, hexadecimal, as Cloud Storage has it of an object; undefined when there is none. */
export async function fingerprintOfFile(file: string): Promise<string | undefined> {
  return existsSync(file) ? fingerprintOf(crc32cBase64(await readFile(file))) : undefined;
}

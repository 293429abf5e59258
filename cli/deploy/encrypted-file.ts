import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { crc32cBase64, fingerprintOf, type StoredObject } from '@cloud-run-identity/secrets';
import { writeAtomically } from '../commands/atomic-write.ts';
import type { DeployedSecret } from './secrets.ts';

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
  { bytes, keyVersion, keysChanged }: Pick<StoredObject, 'bytes' | 'keyVersion' | 'keysChanged'>,
): Promise<string | undefined> {
  const kept = await keepFile(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const sidecar = { kmsKeyVersion: keyVersion, sha256, keysChanged };
  const sidecarFile = {
    path: file + SIDECAR_SUFFIX,
    bytes: Buffer.from(`${JSON.stringify(sidecar, null, 2)}\n`),
  };
  if (keyVersion === undefined) await rm(sidecarFile.path, { force: true });
  await writeAtomically([{ path: file, bytes }, ...(keyVersion === undefined ? [] : [sidecarFile])]);
  return kept;
}

/** CRC32C of a file's bytes, hexadecimal, as Cloud Storage has it of an object; undefined when there is none. */
export async function fingerprintOfFile(file: string): Promise<string | undefined> {
  return existsSync(file) ? fingerprintOf(crc32cBase64(await readFile(file))) : undefined;
}

/**
 * Whether a secret's file is there, and was not encrypted with the key of another deployment, such as that of another
 * project from the same checkout. What has no sidecar counts as its own.
 */
export function isFileOf({ file, key }: Pick<DeployedSecret, 'file' | 'key'>): boolean {
  if (!existsSync(file)) return false;
  try {
    const { kmsKeyVersion, sha256 } = JSON.parse(readFileSync(file + SIDECAR_SUFFIX, 'utf8'));
    const isOfFile = sha256 === createHash('sha256').update(readFileSync(file)).digest('hex');
    return !isOfFile || kmsKeyVersion.startsWith(`${key}/`);
  } catch {
    return true;
  }
}

/** Keeps a file that is to be written anew beside it, under another name. */
export async function keepFile(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined;
  const kept = path.join(path.dirname(file), `replaced-${path.basename(file)}`);
  await copyFile(file, kept);
  return kept;
}

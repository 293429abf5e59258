import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What is known at synthesis about a file that the command line's `encrypt` writes. */
export type EncryptedFile =
  | { readonly state: 'missing' }
  /** It is there, but not a file, or not ours to read; `reason` is the system's. */
  | { readonly state: 'unreadable'; readonly reason: string }
  | {
      readonly state: 'present';
      /**
       * Full resource name of the key version that encrypted it. Absent when the sidecar `FILE.meta.json` is
       * missing or malformed, or describes other bytes than the file now has.
       */
      readonly kmsKeyVersion?: string;
      /** When the values in it changed, as the sidecar says; the command line reads it beside the object. */
      readonly keysChanged?: string;
    };

/** Looks at an encrypted file and its sidecar. Only ciphertext is read, and none of it is returned. */
export function inspectEncryptedFile(path: string): EncryptedFile {
  const ciphertext = read(path);
  if (ciphertext instanceof Error) {
    return ciphertext.code === 'ENOENT'
      ? { state: 'missing' }
      : { state: 'unreadable', reason: ciphertext.message };
  }
  const sidecar = parseSidecar(read(`${path}.meta.json`));
  const sha256 = createHash('sha256').update(ciphertext).digest('hex');
  return sidecar?.sha256 === sha256
    ? { state: 'present', kmsKeyVersion: sidecar.kmsKeyVersion, ...keysChangedOf(sidecar.keysChanged) }
    : { state: 'present' };
}

function read(path: string): Buffer | NodeJS.ErrnoException {
  try {
    return readFileSync(path);
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

const KEY_VERSION =
  /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+\/cryptoKeyVersions\/\d+$/;

function parseSidecar(
  bytes: Buffer | Error,
): { readonly kmsKeyVersion: string; readonly sha256: unknown; readonly keysChanged: unknown } | undefined {
  if (bytes instanceof Error) return undefined;
  try {
    const { kmsKeyVersion, sha256, keysChanged } = JSON.parse(bytes.toString('utf8'));
    return KEY_VERSION.test(kmsKeyVersion) ? { kmsKeyVersion, sha256, keysChanged } : undefined;
  } catch {
    return undefined;
  }
}

/** ASCII, as metadata of an object has it; nothing that Terraform would evaluate. */
function keysChangedOf(found: unknown): { readonly keysChanged?: string } {
  if (typeof found !== 'object' || found === null) return {};
  const keysChanged = JSON.stringify(found).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return /[$%]\{/.test(keysChanged) ? {} : { keysChanged };
}

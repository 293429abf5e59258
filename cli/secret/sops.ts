import { createDecipheriv, createHash } from 'node:crypto';
import { decryptWithKey } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import type { OpenSecret } from './open.ts';
import { sopsItself } from './sops-file.ts';
import { formatValues, parseJson, type Values } from './values.ts';

/** What a file of sops says of itself, as far as it is looked at. */
interface Metadata {
  readonly gcp_kms?: readonly { readonly resource_id: string; readonly enc: string }[];
  readonly key_groups?: unknown;
  readonly mac: string;
  readonly mac_only_encrypted?: boolean;
  readonly lastmodified: string;
}

const ENCRYPTED = /^ENC\[AES256_GCM,data:([^,]*),iv:([^,]+),tag:([^,]+),type:(str|int|float|bool|bytes)\]$/;

/**
 * Decrypts a file of sops (https://github.com/getsops/sops) whose data key a key of Cloud KMS wraps: each value on
 * its own with AES-256-GCM, bound to its path, and all of them by a MAC, which is checked.
 *
 * @param source what it is, for the error
 * @returns the config; the bytes of a file that sops took for binary
 * @throws CommandError when it does not open here; SecretError
 */
export async function decryptSops(
  { clients }: OpenSecret,
  file: Values,
  source: string,
): Promise<Uint8Array> {
  const { sops, ...tree } = file;
  const {
    gcp_kms: keys = [],
    key_groups: groups,
    mac,
    mac_only_encrypted: isPartial,
    lastmodified,
  } = sops as Metadata;
  const [wrapped] = keys;
  const otherwise = sopsItself(source);
  if (!wrapped || groups !== undefined || isPartial) {
    throw new CommandError(
      `${source} is of sops, and not of one key of Cloud KMS alone with a MAC of all values; ${otherwise}`,
    );
  }
  const { plaintext: dataKey } = await decryptWithKey(
    clients,
    wrapped.resource_id,
    Buffer.from(wrapped.enc, 'base64'),
  );
  try {
    const hash = createHash('sha512');
    const values = decryptTree(tree, [], dataKey, hash) as Values;
    const expected = decryptLeaf(mac, lastmodified, dataKey).toString();
    if (expected !== hash.digest('hex').toUpperCase()) throw new Error('the MAC differs');
    const isBinary = Object.keys(values).join() === 'data' && typeof values.data === 'string';
    return isBinary ? Buffer.from(String(values.data)) : formatValues(values);
  } catch (cause) {
    throw new CommandError(
      `${source} was altered since sops wrote it, or has what is not known here; ${otherwise}`,
      { cause },
    );
  } finally {
    dataKey.fill(0);
  }
}

function decryptTree(
  node: unknown,
  path: readonly string[],
  dataKey: Buffer,
  hash: ReturnType<typeof createHash>,
): unknown {
  // The places of a list are not part of the path.
  if (Array.isArray(node)) return node.map((inner) => decryptTree(inner, path, dataKey, hash));
  if (typeof node === 'object' && node !== null && !isRaw(node)) {
    return Object.fromEntries(
      Object.entries(node).map(([name, inner]) => [name, decryptTree(inner, [...path, name], dataKey, hash)]),
    );
  }
  const [, , , , type] = typeof node === 'string' ? (ENCRYPTED.exec(node) ?? []) : [];
  if (type === undefined) {
    if (node !== null) hash.update(bytesOf(node));
    return node;
  }
  const plaintext = decryptLeaf(String(node), `${path.join(':')}:`, dataKey);
  hash.update(plaintext);
  const text = plaintext.toString();
  if (type === 'str') return text;
  if (type === 'bytes') return plaintext.toString('base64');
  return type === 'bool' ? text.toLowerCase() === 'true' : parseJson(text);
}

function decryptLeaf(encrypted: string, additionalData: string, dataKey: Buffer): Buffer {
  const [data, iv, tag] = (ENCRYPTED.exec(encrypted) ?? [])
    .slice(1, 4)
    .map((part) => Buffer.from(part, 'base64'));
  if (!data || !iv || !tag) throw new Error('no value of sops');
  const decipher = createDecipheriv('aes-256-gcm', dataKey, iv);
  decipher.setAAD(Buffer.from(additionalData)).setAuthTag(tag);
  return Buffer.concat([decipher.update(data), decipher.final()]);
}

/** What sops puts into its MAC of a value that is in clear. */
function bytesOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isRaw(value: object): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
}

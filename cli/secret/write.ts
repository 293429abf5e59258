import {
  ConflictError,
  crc32cBase64,
  fingerprintOf,
  type Generation,
  listGenerations,
  type ObjectContent,
  objectUrl,
  PermissionDeniedError,
  readObject,
  reasonMetadata,
  type SealOptions,
  SecretError,
  seal,
  unseal,
  writeObject,
} from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { withProgress } from '../output/progress.ts';
import { changesOf, type Replaced, readReplaced } from './key-changes.ts';
import { noteNewest } from './newest.ts';
import type { OpenSecret } from './open.ts';
import { checkSecret } from './shape.ts';
import { auditedWrites, writerAt } from './writers.ts';

/** How far what was written could be compared with what was meant, by reading it back. */
export type ReadBack = 'plaintext' | 'ciphertext' | 'none';

/** A generation that was written. */
export interface Written {
  readonly generation: string;
  /** Full resource name of the key version that encrypted it. */
  readonly keyVersion: string;
  /** The generation that it replaces; noGeneration for the first one. */
  readonly replaced: string;
  readonly readBack: ReadBack;
}

/** How a secret is written. */
export interface WriteSecretOptions extends SealOptions {
  /** What is noted beside it, as custom metadata. */
  readonly notes?: Readonly<Record<string, string>> | undefined;
  /** What it replaces, where the caller has read it. */
  readonly before?: Replaced | undefined;
}

/**
 * Validates, encrypts and writes a secret in place of the expected generation, and reads it back.
 *
 * @param expected generation that is replaced; noGeneration for the first write
 * @throws InvalidSecretError before anything is sent; ConflictError that says who was faster and when; SecretError;
 *   CommandError when something else was read back
 */
export async function writeSecret(
  secret: OpenSecret,
  plaintext: Uint8Array,
  expected: string,
  { notes, before, ...options }: WriteSecretOptions = {},
): Promise<Written> {
  await checkSecret(secret, plaintext);
  const keysChanged = await changesOf(secret, plaintext, before ?? (await readReplaced(secret, expected)));
  const { clients, io, reference } = secret;
  const sealed = await withProgress(io, 'Encrypting', () => seal(clients, reference, plaintext, options));
  const generation = await writeGeneration(secret, { ...sealed, notes, keysChanged }, expected);
  const readBack = await withProgress(io, 'Reading it back', () =>
    compare(secret, generation, sealed.bytes, plaintext),
  );
  return { generation, keyVersion: sealed.keyVersion, replaced: expected, readBack };
}

/** Whoever writes need not be allowed to read, or to decrypt. */
async function compare(
  { clients, reference }: OpenSecret,
  generation: string,
  ciphertext: Buffer,
  plaintext: Uint8Array,
): Promise<ReadBack> {
  const { bucket, object } = reference;
  let readBack: ReadBack = 'none';
  try {
    const { bytes } = await readObject(clients, bucket, object, generation);
    if (!ciphertext.equals(bytes)) throw differs(reference, generation);
    readBack = 'ciphertext';
    const unsealed = await unseal(clients, reference, bytes);
    if (!unsealed.plaintext.equals(plaintext)) throw differs(reference, generation);
    return 'plaintext';
  } catch (error) {
    if (error instanceof PermissionDeniedError) return readBack;
    throw error;
  }
}

function differs({ bucket, object }: OpenSecret['reference'], generation: string): CommandError {
  return new CommandError(
    `${objectUrl(bucket, object, generation)} was written, but something else was read back: do not use it, and write again.`,
  );
}

/**
 * Writes an encrypted config in place of the expected generation.
 *
 * @returns the new generation
 * @throws ConflictError that says who was faster and when; SecretError
 */
export async function writeGeneration(
  secret: OpenSecret,
  content: ObjectContent,
  expected: string,
): Promise<string> {
  const { clients, reference, target } = secret;
  const notes = { ...(target.reason !== undefined && { [reasonMetadata]: target.reason }), ...content.notes };
  try {
    const generation = await withProgress(secret.io, 'Writing', () =>
      writeObject(clients, reference, { ...content, notes }, expected),
    );
    // Who may only write leaves that to the next deployment; the object's own metadata leads there.
    const fingerprint = fingerprintOf(crc32cBase64(content.bytes));
    await noteNewest(clients, reference, { generation, fingerprint }).catch((error: unknown) => {
      if (!(error instanceof SecretError)) throw error;
    });
    return generation;
  } catch (error) {
    throw error instanceof ConflictError ? await explained(secret, error, expected) : error;
  }
}

async function explained(secret: OpenSecret, error: ConflictError, expected: string): Promise<ConflictError> {
  const url = objectUrl(secret.reference.bucket, secret.reference.object);
  try {
    const [newest] = await listGenerations(secret.clients, secret.reference);
    const reading = expected === '0' ? 'there was none' : `generation ${expected} was read`;
    const options = { cause: error };
    if (!newest?.isLive) {
      return new ConflictError(
        `${url} was deleted since ${reading}. Nothing was written.`,
        error.fix,
        options,
      );
    }
    const writer = await writerOf(secret, newest);
    return new ConflictError(
      `${url} has been written by ${writer ?? 'somebody whom neither its metadata nor the audit log names'} at ${newest.created}` +
        ` (generation ${newest.generation}), since ${reading}. Nothing was written.`,
      error.fix,
      options,
    );
  } catch (failure) {
    // Who may write need not be allowed to list.
    if (failure instanceof SecretError) return error;
    throw failure;
  }
}

/** Who wrote a generation: by its metadata, else by the audit log where that may be read. */
async function writerOf(secret: OpenSecret, { writer, created }: Generation): Promise<string | undefined> {
  if (writer !== undefined) return writer;
  const writes = await auditedWrites(secret, created).catch((error: unknown) => {
    if (error instanceof SecretError) return [];
    throw error;
  });
  return writerAt(writes, created);
}

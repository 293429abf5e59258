import {
  ConflictError,
  type Generation,
  listGenerations,
  type ObjectContent,
  objectUrl,
  parseConfig,
  type SealOptions,
  SecretError,
  seal,
  writeObject,
} from '@cloud-run-identity/secrets';
import { withProgress } from '../output/progress.ts';
import type { OpenSecret } from './open.ts';
import { auditedWrites, writerAt } from './writers.ts';

/** A generation that was written. */
export interface Written {
  readonly generation: string;
  /** Full resource name of the key version that encrypted it. */
  readonly keyVersion: string;
}

/**
 * Validates, encrypts and writes a config in place of the expected generation.
 *
 * @param expected generation that is replaced; noGeneration for the first write
 * @throws InvalidConfigError before anything is sent; ConflictError that says who was faster and when; SecretError
 */
export async function writeConfig(
  secret: OpenSecret,
  plaintext: Uint8Array,
  expected: string,
  options: SealOptions = {},
): Promise<Written> {
  await parseConfig(plaintext);
  const { clients, reference } = secret;
  const sealed = await withProgress(secret.io, 'Encrypting', () =>
    seal(clients, reference, plaintext, options),
  );
  const generation = await writeGeneration(secret, sealed, expected);
  return { generation, keyVersion: sealed.keyVersion };
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
  const { clients, reference } = secret;
  try {
    return await withProgress(secret.io, 'Writing', () => writeObject(clients, reference, content, expected));
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

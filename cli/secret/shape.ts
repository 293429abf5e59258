import { InvalidSecretError, type JsonSchema, parseSecret, SecretError } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { decodeText } from '../input/text.ts';
import type { Io } from '../io.ts';
import { FIRST_SECRET, type FoundSecret } from './open.ts';
import { readSchema } from './schema.ts';
import { readValues } from './values.ts';

/** What of a secret says what it must be. */
export interface Shaped extends Pick<FoundSecret, 'name' | 'format'> {
  readonly io: Pick<Io, 'cwd' | 'environment'>;
}

/**
 * Makes sure that the service will accept a secret, as checkSecret does, for a command that knows what mends it.
 *
 * @param advice what to do, as a sentence
 * @throws CommandError with all problems and no value
 */
export async function checkSecretOr(secret: Shaped, plaintext: Uint8Array, advice: string): Promise<void> {
  try {
    await checkSecret(secret, plaintext);
  } catch (error) {
    if (!(error instanceof InvalidSecretError)) throw error;
    const problems = error.problems.map((problem) => `  - ${problem}\n`).join('');
    const message = `The secret ${secret.name} would not be valid:\n${problems}${advice}`;
    throw new CommandError(message, { cause: error });
  }
}

/**
 * Makes sure that the service will accept a secret: its config as the schema says; other JSON as an object; text in
 * UTF-8; any bytes.
 *
 * @throws InvalidSecretError with all problems and no value; CommandError
 */
export async function checkSecret({ io, name, format }: Shaped, plaintext: Uint8Array): Promise<void> {
  if (format === 'text') decodeText(plaintext, `The secret ${name}`);
  if (format !== 'json') return;
  if (name === FIRST_SECRET) await checkAgainst(await readSchema(io), plaintext);
  readValues(plaintext, 'It must be one: correct it, and run the command again.');
}

async function checkAgainst(schema: JsonSchema | undefined, plaintext: Uint8Array): Promise<void> {
  try {
    await parseSecret(plaintext, { schema });
  } catch (cause) {
    if (cause instanceof SecretError) throw cause;
    // The validator's own words quote what it was given.
    const kind = cause instanceof Error ? cause.name : typeof cause;
    throw new CommandError(
      `The service's schema cannot be used (${kind}), so nothing can be checked by it: it must be a JSON Schema (2020-12) with regular expressions of JavaScript as patterns. Mend it, or set SECRET_SCHEMA.`,
      { cause },
    );
  }
}

/** What is declared of a secret: a service's first one has a schema. */
export async function schemaOf({ io, name, format }: Shaped): Promise<JsonSchema | undefined> {
  return name === FIRST_SECRET && format === 'json' ? readSchema(io) : undefined;
}

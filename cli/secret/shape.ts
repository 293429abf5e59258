import { InvalidConfigError, parseConfig } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { decodeText } from '../input/text.ts';
import type { FoundSecret } from './open.ts';

/**
 * Makes sure that the service will accept a secret, as checkSecret does, for a command that knows what mends it.
 *
 * @param advice what to do, as a sentence
 * @throws CommandError with all problems and no value
 */
export async function checkSecretOr(
  secret: Pick<FoundSecret, 'io' | 'name' | 'format'>,
  plaintext: Uint8Array,
  advice: string,
): Promise<void> {
  try {
    await checkSecret(secret, plaintext);
  } catch (error) {
    if (!(error instanceof InvalidConfigError)) throw error;
    const problems = error.problems.map((problem) => `  - ${problem}\n`).join('');
    throw new CommandError(`The secret ${secret.name} would not be valid:\n${problems}${advice}`, {
      cause: error,
    });
  }
}

/**
 * Makes sure that the service will accept a secret: JSON as its schema says; text in UTF-8; any bytes.
 *
 * @throws InvalidConfigError with all problems and no value; CommandError
 */
export async function checkSecret(
  { name, format }: Pick<FoundSecret, 'io' | 'name' | 'format'>,
  plaintext: Uint8Array,
): Promise<void> {
  if (format === 'json') await parseConfig(plaintext);
  if (format === 'text') decodeText(plaintext, `The secret ${name}`);
}

import { SecretError } from '../secrets/errors.ts';
import { CommandError } from './errors.ts';
import { ApplyError, UnsupportedConfigurationError } from './local/apply/errors.ts';

/**
 * Writes a failure to standard error: a known one as its message alone, anything else with its stack trace, because
 * it is a mistake in this program.
 */
export function printFailure(error: unknown): void {
  console.error(isKnown(error) ? `Error: ${error.message}` : error);
}

function isKnown(error: unknown): error is Error {
  if (error instanceof AggregateError) return error.errors.every(isKnown);
  return [CommandError, SecretError, ApplyError, UnsupportedConfigurationError].some(
    (known) => error instanceof known,
  );
}

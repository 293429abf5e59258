import { ApplyError, UnsupportedConfigurationError } from '../emulator/apply/errors.ts';
import { ConflictError, SecretError } from '../secrets/errors.ts';
import { CommandError, ExitError } from './errors.ts';
import { EXIT_CODES } from './exit-codes.ts';

/**
 * Writes a failure to standard error: a known one as its message alone, anything else with its stack trace, because
 * it is a mistake in this program.
 *
 * @returns the exit code that it stands for
 */
export function printFailure(error: unknown): number {
  if (error instanceof ExitError) return error.exitCode;
  console.error(isKnown(error) ? `Error: ${error.message}` : error);
  if (error instanceof ConflictError) return EXIT_CODES.conflict;
  return error instanceof CommandError ? error.exitCode : EXIT_CODES.failed;
}

function isKnown(error: unknown): error is Error {
  if (error instanceof AggregateError) return error.errors.every(isKnown);
  return [CommandError, SecretError, ApplyError, UnsupportedConfigurationError].some(
    (known) => error instanceof known,
  );
}

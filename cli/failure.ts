import { inspect } from 'node:util';
import { ApplyError, UnsupportedConfigurationError } from '@cloud-run-identity/local-cloud';
import { ReadError } from '@cloud-run-identity/review';
import { ConflictError, SecretError } from '@cloud-run-identity/secrets';
import { SettingsError } from '../settings/index.ts';
import { CommandError, ExitError } from './errors.ts';
import { EXIT_CODES } from './exit-codes.ts';
import type { Io } from './io.ts';

/**
 * Writes a failure to standard error: a known one as its message alone, anything else with its stack trace, because
 * it is a mistake in this program.
 *
 * @returns the exit code that it stands for
 */
export function printFailure(io: Io, error: unknown): number {
  if (error instanceof ExitError) return error.exitCode;
  io.stderr.write(`${isKnown(error) ? `Error: ${error.message}` : inspect(error)}\n`);
  if (error instanceof ConflictError) return EXIT_CODES.conflict;
  return error instanceof CommandError ? error.exitCode : EXIT_CODES.failed;
}

function isKnown(error: unknown): error is Error {
  if (error instanceof AggregateError) return error.errors.every(isKnown);
  return [
    CommandError,
    ReadError,
    SecretError,
    SettingsError,
    ApplyError,
    UnsupportedConfigurationError,
  ].some((known) => error instanceof known);
}

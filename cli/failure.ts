import { ApplyError, UnsupportedConfigurationError } from '@cloud-run-identity/local-cloud';
import { ReadError } from '@cloud-run-identity/review';
import { ConflictError, SecretError } from '@cloud-run-identity/secrets';
import { SettingsError } from '../settings/index.ts';
import { CommandError, ExitError } from './errors.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { type Io, printError } from './io.ts';

/**
 * Writes a failure to standard error, the only place where one is: a known one in its own words; of anything else, a
 * mistake in this program or what a library threw, the kind and the place, since its words may quote a secret.
 *
 * @param json whether it is written as JSON, for programs
 * @returns the exit code that it stands for
 */
export function printFailure(io: Io, error: unknown, json: boolean): number {
  if (error instanceof ExitError) return error.exitCode;
  const exitCode = exitCodeOf(error);
  const message = messageOf(error);
  printError(io, json ? JSON.stringify({ error: { message, exitCode } }) : `Error: ${message}`);
  return exitCode;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ConflictError) return EXIT_CODES.conflict;
  return error instanceof CommandError ? error.exitCode : EXIT_CODES.failed;
}

function messageOf(error: unknown): string {
  if (isKnown(error)) return error.message;
  const { name, code, message, stack, syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== undefined && syscall !== undefined && path !== undefined) {
    return `${path} cannot be used (${syscall}: ${code}): see to its permissions, or choose another place.`;
  }
  // A line of the error's own words may look like a place.
  const places = String(stack ?? '')
    .replace(String(message), () => '')
    .split('\n')
    .filter((line) => /^ +at /.test(line));
  const kind = [name ?? typeof error, code].filter(Boolean).join(' ');
  return [
    `this program failed in a way that it does not know (${kind}). Please report it with these lines:`,
    ...places,
  ].join('\n');
}

/** Whether an error is one that this program words itself. */
export function isKnown(error: unknown): error is Error {
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

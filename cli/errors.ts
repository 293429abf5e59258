/**
 * A command failed for a reason that its user can do something about: the message says what was got, what is allowed
 * and how to fix it. Printed without a stack trace.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

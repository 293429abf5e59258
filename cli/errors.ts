/** How a command failed. */
export interface CommandErrorOptions extends ErrorOptions {
  /** @default 1 */
  readonly exitCode?: number;
}

/**
 * A command failed for a reason that its user can do something about: the message says what was got, what is allowed
 * and how to fix it. Printed without a stack trace.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** Exit code of the process. */
  readonly exitCode: number;

  constructor(message: string, { exitCode = 1, ...options }: CommandErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The process ends with an exit code, and everything has been said. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

import { SecretError } from '@cloud-run-identity/secrets';
import { SettingsError } from '../../settings/index.ts';
import { CommandError } from '../errors.ts';

/** Something is not as it must be; the message names principal, permission and resource where they matter. */
export class BrokenError extends Error {
  override readonly name = 'BrokenError';
  /** The one command that mends it. */
  readonly fix: string;

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.fix = fix;
  }
}

/** What is broken, and how it is mended, in two texts. @throws whatever is no known failure */
export function explain(error: unknown): { problem: string; fix: string } {
  if (error instanceof BrokenError) return { problem: error.message, fix: error.fix };
  if (error instanceof SecretError) {
    return { problem: error.message.replace(` Fix: ${error.fix}`, ''), fix: error.fix };
  }
  if (error instanceof CommandError) return { problem: error.message, fix: 'do what the message says' };
  if (error instanceof SettingsError) return { problem: error.message, fix: 'mend the settings, as it says' };
  throw error;
}

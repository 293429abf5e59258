import { CommandError } from '../errors.ts';

/** The new generation is not served by all instances. */
export class NotServedError extends CommandError {
  /** Whether it cannot be, such as when a new revision did not come up; else it is not yet. */
  readonly isFinal: boolean;

  constructor(message: string, isFinal: boolean) {
    super(message);
    this.isFinal = isFinal;
  }
}

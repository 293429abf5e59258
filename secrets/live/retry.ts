import { setTimeout as delay } from 'node:timers/promises';
import { SecretError } from '../errors.ts';
import type { SecretLog } from './secret.ts';

/** How long and between which limits a failed start is tried again. */
export interface RetryOptions {
  /** Ends the waiting; the last failure is thrown. */
  readonly signal: AbortSignal;
  readonly log: Pick<SecretLog, 'warn'>;
  /**
   * Time after which no new attempt is made.
   * @default 210 seconds: less than the 240 that Cloud Run gives a container to start, so that the process
   *   ends with its reason before it is ended without one; fresh IAM grants take two minutes as a rule.
   */
  readonly windowMilliseconds?: number;
  /** @default 500 milliseconds, doubled after each attempt up to 10 seconds. */
  readonly firstDelayMilliseconds?: number;
}

/**
 * Calls until it succeeds, fails for good (a SecretError that is not retryable, or any other error), or the
 * window has passed. Every failure that is followed by another attempt is logged as a warning.
 *
 * @throws the last failure
 */
export async function retry<Result>(call: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  const { signal, log, windowMilliseconds = 210_000, firstDelayMilliseconds = 500 } = options;
  const end = Date.now() + windowMilliseconds;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      // Half of it random, so that instances that started together do not ask together.
      const longest = Math.min(firstDelayMilliseconds * 2 ** attempt, 10_000);
      const wait = longest / 2 + (Math.random() * longest) / 2;
      const isRetryable = error instanceof SecretError && error.retryable;
      if (!isRetryable || signal.aborted || Date.now() + wait >= end) throw error;
      log.warn({ error }, `${error.message} Trying again.`);
      await delay(wait, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

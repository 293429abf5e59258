import { TransferError } from './errors.ts';

const attempts = 3;

/**
 * Calls again, at once, what failed because bytes were damaged on the way: Google's advice for a checksum that does
 * not fit (https://cloud.google.com/kms/docs/data-integrity-guidelines). Three attempts, then it is refused.
 *
 * @throws TransferError of the last attempt; and at once whatever else the call throws
 */
export async function retryDamaged<Result>(call: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof TransferError) || attempt === attempts) throw error;
    }
  }
}

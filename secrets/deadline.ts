import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs a request and stops waiting for it after the given time; the request itself is not ended.
 *
 * @throws DOMException named TimeoutError, as AbortSignal.timeout gives; and whatever the request throws
 */
export async function withDeadline<Result>(
  milliseconds: number,
  request: () => Promise<Result>,
): Promise<Result> {
  const finished = new AbortController();
  const deadline = delay(milliseconds, undefined, { signal: finished.signal }).then(() => {
    throw new DOMException(`no answer within ${milliseconds} ms`, 'TimeoutError');
  });
  try {
    return await Promise.race([request(), deadline]);
  } finally {
    finished.abort();
  }
}

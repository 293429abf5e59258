// A process that stood still for an hour finds one step over when it goes on, and not the whole deadline.
const stepMilliseconds = 200;

/**
 * A signal that aborts after so much time in which the process ran: while Cloud Run has taken the CPU away
 * (https://cloud.google.com/run/docs/configuring/billing-settings), no answer can come and none is late.
 *
 * @returns the signal, and what has to be called when it is not needed any more
 */
export function awakeTimeout(milliseconds: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout;
  const wait = (left: number) => {
    timer = setTimeout(
      () => {
        if (left > stepMilliseconds) return wait(left - stepMilliseconds);
        controller.abort(new DOMException(`no answer within ${milliseconds} ms`, 'TimeoutError'));
      },
      Math.min(left, stepMilliseconds),
    );
  };
  wait(milliseconds);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/**
 * Runs a request and stops waiting for it after so much time in which the process ran; the request itself is not ended.
 *
 * @throws DOMException named TimeoutError, as AbortSignal.timeout gives; and whatever the request throws
 */
export async function withDeadline<Result>(
  milliseconds: number,
  request: () => Promise<Result>,
): Promise<Result> {
  const { signal, clear } = awakeTimeout(milliseconds);
  const { promise: late, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason));
  try {
    return await Promise.race([request(), late]);
  } finally {
    clear();
  }
}

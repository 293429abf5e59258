import { describe, expect, it } from 'vitest';
import { IntegrityError, UnavailableError } from '../../../secrets/errors.ts';
import { retry } from '../../../secrets/live/retry.ts';

const away = new UnavailableError('away.', 'wait.');

function callFailing(times: number, error: Error) {
  const calls = { count: 0 };
  const call = async () => {
    calls.count += 1;
    if (calls.count <= times) throw error;
    return 'done';
  };
  return { calls, call };
}

function options(extra: { windowMilliseconds?: number; signal?: AbortSignal } = {}) {
  const warnings: unknown[] = [];
  const log = { warn: (details: unknown) => warnings.push(details) };
  const signal = new AbortController().signal;
  return { warnings, options: { signal, log, firstDelayMilliseconds: 1, ...extra } };
}

describe('retry', () => {
  it('tries again what is retryable, and logs each failure', async () => {
    const { call, calls } = callFailing(3, away);
    const { options: retryOptions, warnings } = options();
    await expect(retry(call, retryOptions)).resolves.toBe('done');
    expect(calls.count).toBe(4);
    expect(warnings).toEqual([{ error: away }, { error: away }, { error: away }]);
  });

  it.each([
    ['a failure that lasts', new IntegrityError('altered.', 'encrypt again.')],
    ['a bug', new TypeError('undefined is not a function')],
  ])('does not try again %s', async (_name, error) => {
    const { call, calls } = callFailing(1, error);
    const { options: retryOptions, warnings } = options();
    await expect(retry(call, retryOptions)).rejects.toBe(error);
    expect(calls.count).toBe(1);
    expect(warnings).toHaveLength(0);
  });

  it('throws the last failure once the window has passed', async () => {
    const { call } = callFailing(Number.POSITIVE_INFINITY, away);
    await expect(retry(call, options({ windowMilliseconds: 30 }).options)).rejects.toBe(away);
  });

  it('ends at once when the app closes', async () => {
    const closing = new AbortController();
    const { call } = callFailing(Number.POSITIVE_INFINITY, away);
    const retrying = retry(call, {
      ...options({ signal: closing.signal }).options,
      firstDelayMilliseconds: 3_600_000,
      windowMilliseconds: 7_200_000,
    });
    closing.abort();
    await expect(retrying).rejects.toBe(away);
  });
});

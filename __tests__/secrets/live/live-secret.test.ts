import { describe, expect, test, vi } from 'vitest';
import { UnavailableError } from '../../../secrets/errors.ts';
import type { LoadedConfig } from '../../../secrets/load.ts';
import { appWithSecret, never, Place } from './support.ts';

const away = new UnavailableError('Storage is away.', 'wait.');
const soon = { ...never, intervalMilliseconds: 5, firstRetryMilliseconds: 1 };
const refused = new Error('password authentication failed');
const isRefused = (error: unknown) => error === refused;

describe('a look for a new config', () => {
  test('changes nothing when nothing has changed, and reads nothing', async () => {
    const place = new Place();
    const { secret } = await appWithSecret(place);
    const before = secret.current;
    expect(await secret.reload()).toEqual({ result: 'unchanged' });
    expect(secret.current).toBe(before);
    expect(place).toMatchObject({ looks: 1, reads: 1 });
  });

  test('takes a new one as a whole', async () => {
    const place = new Place();
    const { secret } = await appWithSecret(place);
    const next = place.write({ DB_PASS: 'other' });
    expect(await secret.reload()).toEqual({ result: 'changed' });
    expect(secret.current).toBe(next);
  });

  test('happens by itself, again and again', async () => {
    const place = new Place();
    const { secret } = await appWithSecret(place, { times: soon });
    for (let count = 0; count < 3; count += 1) {
      const next = place.write();
      await vi.waitFor(() => expect(secret.current).toBe(next), { timeout: 10_000 });
    }
  });

  test('happens at the next request when a timer is late, and the request does not wait', async () => {
    const place = new Place();
    // The timer is set for a time that has come only by the wall clock, as after a pause of the machine.
    const { app, secret } = await appWithSecret(place);
    const next = place.write();
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * never.intervalMilliseconds);
    try {
      const before = await app.inject('/');
      expect(before.json()).toEqual({ generation: String(BigInt(next.generation) - 1n) });
      await vi.waitFor(() => expect(secret.current).toBe(next), { timeout: 10_000 });
    } finally {
      now.mockRestore();
    }
  });

  test('that was asked for while another was under way begins after it', async () => {
    const place = new Place();
    const gate = Promise.withResolvers<void>();
    const source = {
      load: place.source.load,
      loadIfChanged: async (previous: LoadedConfig) => {
        const found = await place.source.loadIfChanged(previous);
        if (place.looks === 1) await gate.promise;
        return found;
      },
    };
    const { secret } = await appWithSecret(place, { source });
    const early = secret.reload();
    await vi.waitFor(() => expect(place.looks).toBe(1));
    place.write();
    const late = [secret.reload(), secret.reload()];
    gate.resolve();
    expect(await early).toEqual({ result: 'unchanged' });
    expect(await Promise.all(late)).toEqual([{ result: 'changed' }, { result: 'changed' }]);
    expect(place.looks).toBe(2);
  });
});

describe('a look that fails', () => {
  test('keeps the config, is logged once per reason, and recovers by itself', async () => {
    const place = new Place();
    const { secret, messages } = await appWithSecret(place, { times: soon });
    const before = secret.current;
    place.error = away;
    await vi.waitFor(() => expect(secret.status.reloads.failed).toBeGreaterThan(3), { timeout: 10_000 });
    expect(secret.current).toBe(before);
    expect(secret.status.state).toBe('failing');
    place.error = new UnavailableError('Storage is slow.', 'wait.');
    const failedBefore = secret.status.reloads.failed;
    await vi.waitFor(() => expect(secret.status.reloads.failed).toBeGreaterThan(failedBefore + 2));
    place.error = undefined;
    const next = place.write();
    await vi.waitFor(() => expect(secret.current).toBe(next), { timeout: 10_000 });
    await vi.waitFor(() => expect(secret.status.state).toBe('fresh'));
    expect(messages()).toEqual([
      'config loaded',
      expect.stringContaining('config reload failed, the config is kept: Storage is away.'),
      expect.stringContaining('config reload failed, the config is kept: Storage is slow.'),
      'config loaded',
      'config reload works again',
    ]);
  });
});

describe('a config that was confirmed too long ago', () => {
  test('is refused, and used again once it is confirmed', async () => {
    const place = new Place();
    const { secret, messages } = await appWithSecret(place, { maxStaleMilliseconds: 60_000 });
    const { current } = secret;
    place.error = away;
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    try {
      expect(secret.current).toBeUndefined();
      expect(await secret.valid()).toBeUndefined();
      expect(await secret.valid()).toBeUndefined();
      expect(secret.status.state).toBe('expired');
      await expect(secret.withFresh(async () => 'used', isRefused)).rejects.toMatchObject({
        name: 'NoConfigError',
        statusCode: 503,
      });
      expect(messages().filter((message) => message.includes('MAX_STALE_SECONDS'))).toHaveLength(1);
      place.error = undefined;
      expect(await secret.valid()).toBe(current);
    } finally {
      now.mockRestore();
    }
  });

  test('does not keep a request waiting for a look that does not end', async () => {
    const place = new Place();
    const source = { load: place.source.load, loadIfChanged: () => new Promise<undefined>(() => {}) };
    const times = { ...never, patienceMilliseconds: 1 };
    const { secret } = await appWithSecret(place, { source, times, maxStaleMilliseconds: 60_000 });
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    try {
      expect(await secret.valid()).toBeUndefined();
    } finally {
      now.mockRestore();
    }
  });

  test('is used for ever without a maximum', async () => {
    const { secret } = await appWithSecret(new Place());
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 1e12);
    expect(secret.current).toBeDefined();
    now.mockRestore();
  });
});

describe('withFresh', () => {
  test('runs once with the current config', async () => {
    const place = new Place();
    const { secret } = await appWithSecret(place);
    const use = vi.fn(async ({ generation }) => generation);
    expect(await secret.withFresh(use, isRefused)).toBe(place.current.generation);
    expect(use).toHaveBeenCalledTimes(1);
    expect(place.looks).toBe(0);
  });

  test('reloads once for all whose credentials were refused, and runs each again', async () => {
    const place = new Place();
    const { secret } = await appWithSecret(place);
    const old = place.current.generation;
    const next = place.write();
    let uses = 0;
    const results = await Promise.all(
      Array.from({ length: 50 }, () =>
        secret.withFresh(async ({ generation }) => {
          uses += 1;
          if (generation === old) throw refused;
          return generation;
        }, isRefused),
      ),
    );
    expect(new Set(results)).toEqual(new Set([next.generation]));
    expect(uses).toBe(100);
    expect(place.looks).toBe(1);
  });

  test('does not try the same credentials again', async () => {
    const place = new Place();
    const { secret } = await appWithSecret(place);
    const use = vi.fn(() => Promise.reject(refused));
    await expect(secret.withFresh(use, isRefused)).rejects.toBe(refused);
    expect(use).toHaveBeenCalledTimes(1);
    expect(place.looks).toBe(1);
  });

  test('leaves other failures alone', async () => {
    const place = new Place();
    const { secret } = await appWithSecret(place);
    const other = new Error('syntax error');
    await expect(secret.withFresh(() => Promise.reject(other), isRefused)).rejects.toBe(other);
    expect(place.looks).toBe(0);
  });

  test('throws what the second run throws', async () => {
    const place = new Place();
    const { secret } = await appWithSecret(place);
    place.write();
    const use = vi.fn(() => Promise.reject(refused));
    await expect(secret.withFresh(use, isRefused)).rejects.toBe(refused);
    expect(use).toHaveBeenCalledTimes(2);
  });
});

import { describe, expect, test, vi } from 'vitest';
import { UnavailableError } from '../../../secrets/errors.ts';
import type { LoadedSecret } from '../../../secrets/load.ts';
import { patience } from '../../support/patience.ts';
import type { SampleValue } from '../../support/schema.ts';
import { appWithSecret, never, Place } from './support.ts';

const away = new UnavailableError('Storage is away.', 'wait.');
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

  test('that is due is done in the answer to a probe, and by nobody else', async () => {
    const place = new Place();
    const { app, secret } = await appWithSecret(place);
    const first = place.current;
    const next = place.write();
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 1.5 * never.intervalMilliseconds);
    try {
      expect((await app.inject('/')).json()).toEqual({ generation: first.generation });
      expect(place.looks).toBe(0);
      expect((await app.inject('/health/live')).json()).toEqual({ status: 'ok' });
      expect(secret.current).toBe(next);
      await app.inject('/health/live');
      expect(place.looks).toBe(1);
    } finally {
      now.mockRestore();
    }
  });

  test('is awaited by the request when none came for two intervals', async () => {
    const place = new Place();
    const { app } = await appWithSecret(place);
    const next = place.write();
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2.5 * never.intervalMilliseconds);
    try {
      const answers = await Promise.all([app.inject('/'), app.inject('/'), app.inject('/none')]);
      expect(answers[0]?.json()).toEqual({ generation: next.generation });
      expect(answers[1]?.json()).toEqual({ generation: next.generation });
      expect(place.looks).toBe(1);
    } finally {
      now.mockRestore();
    }
  });

  test('never fails a probe, nor holds it up for longer than a probe waits', async () => {
    const place = new Place();
    const source = { ...place.source, loadIfChanged: () => new Promise<undefined>(() => {}) };
    // Due at once. The look never ends; that the probe is answered is what is tested.
    const times = { ...never, intervalMilliseconds: 0 };
    const { app } = await appWithSecret(place, { source, times });
    expect((await app.inject('/health/live')).statusCode).toBe(200);
    const broken = new Place();
    const failing = await appWithSecret(broken, { times });
    broken.error = away;
    expect((await failing.app.inject('/health/live')).statusCode).toBe(200);
    expect(broken.looks).toBe(1);
  });

  test('that was asked for while another was under way begins after it', async () => {
    const place = new Place();
    const gate = Promise.withResolvers<void>();
    const source = {
      load: place.source.load,
      loadIfChanged: async (previous: LoadedSecret<SampleValue>) => {
        const found = await place.source.loadIfChanged(previous);
        if (place.looks === 1) await gate.promise;
        return found;
      },
    };
    const { secret } = await appWithSecret(place, { source });
    const early = secret.reload();
    await vi.waitFor(() => expect(place.looks).toBe(1), patience);
    place.write();
    const late = [secret.reload(), secret.reload()];
    gate.resolve();
    expect(await early).toEqual({ result: 'unchanged' });
    expect(await Promise.all(late)).toEqual([{ result: 'changed' }, { result: 'changed' }]);
    expect(place.looks).toBe(2);
  });
});

describe('a look that fails', () => {
  test('keeps the value, is logged once per reason, and once when it is over', async () => {
    const place = new Place();
    const { secret, messages } = await appWithSecret(place);
    const before = secret.current;
    place.error = away;
    for (let count = 0; count < 3; count += 1) await secret.reload();
    expect(secret.current).toBe(before);
    expect(secret.status).toMatchObject({ state: 'failing', reloads: { failed: 3 } });
    place.error = new UnavailableError('Storage is slow.', 'wait.');
    for (let count = 0; count < 3; count += 1) await secret.reload();
    place.error = undefined;
    const next = place.write();
    await secret.reload();
    expect(secret.current).toBe(next);
    expect(secret.status.state).toBe('fresh');
    expect(messages()).toEqual([
      'config loaded',
      expect.stringContaining('config reload failed, what was loaded is kept: Storage is away.'),
      expect.stringContaining('config reload failed, what was loaded is kept: Storage is slow.'),
      'config loaded',
      'config reload works again',
    ]);
  });
});

describe('a value that was confirmed too long ago', () => {
  test('is refused, and used again once it is confirmed', async () => {
    const place = new Place();
    const { secret, messages } = await appWithSecret(place, { maxStaleSeconds: 60 });
    const { current } = secret;
    place.error = away;
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    try {
      expect(secret.current).toBeUndefined();
      expect(await secret.valid()).toBeUndefined();
      expect(await secret.valid()).toBeUndefined();
      expect(secret.status.state).toBe('expired');
      await expect(secret.withFresh(async () => 'used', isRefused)).rejects.toMatchObject({
        name: 'NoSecretError',
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
    const { secret } = await appWithSecret(place, { source, times, maxStaleSeconds: 60 });
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
  test('runs once with what is current', async () => {
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

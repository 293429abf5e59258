import fastify from 'fastify';
import { describe, expect, test, vi } from 'vitest';
import secretPlugin from '../../../secrets/fastify/index.ts';
import type { LoadedSecret } from '../../../secrets/load.ts';
import { sample, sampleEnvironment } from '../../support/app.ts';
import { patience } from '../../support/patience.ts';
import { appWithSecret, google, never, Place } from './support.ts';

function recorder() {
  const events: string[] = [];
  const hook =
    (name: string) =>
    async ({ generation }: LoadedSecret) => {
      events.push(`${name} prepares ${generation}`);
      return {
        commit: () => {
          events.push(`${name} commits ${generation}`);
        },
        abort: () => {
          events.push(`${name} aborts ${generation}`);
        },
      };
    };
  return { events, hook };
}

const first = sample.generation;
const second = String(BigInt(first) + 1n);

describe('onChange', () => {
  test('is called at once with the config that is there, then before each new one', async () => {
    const place = new Place();
    const { secret } = await appWithSecret(place);
    const { events, hook } = recorder();
    await secret.onChange(hook('a'));
    expect(events).toEqual([`a prepares ${first}`, `a commits ${first}`]);
    place.write();
    await secret.reload();
    expect(events.slice(2)).toEqual([`a prepares ${second}`, `a commits ${second}`]);
  });

  test('lets the old config be used until the new one is prepared for', async () => {
    const place = new Place();
    const { secret } = await appWithSecret(place);
    const gate = Promise.withResolvers<void>();
    const seen: (string | undefined)[] = [];
    await secret.onChange(async ({ generation }) => {
      if (generation !== first) await gate.promise;
      return { commit: () => seen.push(secret.current?.generation) };
    });
    place.write();
    const reloaded = secret.reload();
    await vi.waitFor(() => expect(place.reads).toBe(2), patience);
    expect(secret.current?.generation).toBe(first);
    gate.resolve();
    await reloaded;
    expect(seen).toEqual([first, second]);
  });

  test('that rejects refuses the config; what others have prepared is aborted', async () => {
    const place = new Place();
    const { secret, lines } = await appWithSecret(place);
    const { events, hook } = recorder();
    await secret.onChange(hook('a'));
    let accepts = true;
    await secret.onChange(async () => {
      if (accepts) return { commit: () => {} };
      throw Object.assign(new Error('password authentication failed for user "canary"'), { code: '28P01' });
    });
    accepts = false;
    place.write();
    expect(await secret.reload()).toMatchObject({
      result: 'failed',
      error: { name: 'ChangeRefusedError', message: expect.stringContaining('28P01') },
    });
    expect(secret.current?.generation).toBe(first);
    expect(events.at(-1)).toBe(`a aborts ${second}`);
    expect(JSON.stringify(lines)).not.toContain('canary');

    accepts = true;
    expect(await secret.reload()).toEqual({ result: 'changed' });
    expect(events.at(-1)).toBe(`a commits ${second}`);
  });

  test('that refuses the config that is there is told so, without its words', async () => {
    const { secret } = await appWithSecret(new Place());
    const refusal = secret.onChange(() => Promise.reject(new TypeError('canary')));
    await expect(refusal).rejects.toMatchObject({
      name: 'ChangeRefusedError',
      message: expect.stringMatching(/^(?!.*canary).*TypeError/),
    });
  });

  test('that refuses the first config is asked again', async () => {
    const place = new Place();
    const gate = Promise.withResolvers<void>();
    const load = () => gate.promise.then(() => place.source.load());
    const app = fastify();
    const source = { ...place.source, load } as never;
    await app.register(secretPlugin, { environment: sampleEnvironment, google, source, times: never });
    let calls = 0;
    await app.secrets.config.onChange(async () => {
      calls += 1;
      if (calls === 1) throw new Error('the database is starting');
      return { commit: () => {} };
    });
    gate.resolve();
    expect(await app.secrets.config.loaded).toBe(place.current);
    expect(calls).toBe(2);
    await app.close();
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { IntegrityError, UnavailableError } from '../../secrets/errors.ts';
import type { LoadedSecret } from '../../secrets/load.ts';
import { sample, sampleApp, sampleEmail } from '../support/app.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closers.splice(0).map((close) => close())));

async function appWith(options: Parameters<typeof sampleApp>[0] = {}) {
  const app = await sampleApp(options);
  closers.push(() => app.close());
  return app;
}

describe('without a config', () => {
  const pending = () => new Promise<never>(() => {});

  it('answers 503 and names neither account, object, key nor value', async () => {
    const app = await appWith({ load: pending });
    const { statusCode, body } = await app.inject('/');
    expect(statusCode).toBe(503);
    for (const hidden of [
      sampleEmail,
      'sample-bucket',
      sample.reference.key,
      'DB_HOST',
      'not_defined',
      'undefined',
    ]) {
      expect(body).not.toContain(hidden);
    }
  });

  it('is alive but not started', async () => {
    const app = await appWith({ load: pending });
    expect((await app.inject('/health/live')).statusCode).toBe(200);
    expect((await app.inject('/health/startup')).statusCode).toBe(503);
  });

  it('names the generation in use when it is ready, and none before', async () => {
    const waiting = await (await appWith({ load: pending })).inject('/health/ready');
    const none = { status: 'loading' };
    expect([waiting.statusCode, waiting.json()]).toEqual([
      503,
      { ...none, identity: sampleEmail, secrets: { config: none } },
    ]);
    const app = await appWith();
    await app.secrets.config.loaded;
    const { generation, fingerprint } = sample;
    const fresh = {
      status: 'fresh',
      generation,
      fingerprint,
      confirmedSecondsAgo: expect.any(Number),
      nextLookInSeconds: expect.any(Number),
    };
    expect((await app.inject('/health/ready')).json()).toEqual({
      ...fresh,
      identity: sampleEmail,
      secrets: { config: fresh },
    });
  });

  it('lets a probe wait for a config that is about to arrive', async () => {
    let arrive: (config: LoadedSecret) => void = () => {};
    const app = await appWith({ load: () => new Promise((resolve) => (arrive = resolve)) });
    const probe = app.inject('/health/startup');
    setImmediate(() => arrive(sample));
    expect((await probe).statusCode).toBe(200);
  });

  it('keeps the reason for whoever runs the process', async () => {
    const error = new IntegrityError('altered.', 'encrypt again.');
    const app = await appWith({ load: async () => Promise.reject(error) });
    await expect(app.secrets.config.loaded).rejects.toBe(error);
    expect((await app.inject('/health/startup')).statusCode).toBe(503);
    expect((await app.inject('/')).statusCode).toBe(503);
  });
});

describe('closing', () => {
  it('ends the attempts to load', async () => {
    const away = new UnavailableError('away.', 'wait.');
    const app = await appWith({ load: () => Promise.reject(away) });
    await app.close();
    await expect(app.secrets.config.loaded).rejects.toBe(away);
  });
});

describe('errors', () => {
  it('says of a request that it was not understood, without repeating it', async () => {
    const headers = { 'content-type': 'application/json' };
    const app = await appWith();
    const { statusCode, body } = await app.inject({
      method: 'POST',
      url: '/x',
      payload: '{"canary',
      headers,
    });
    expect(statusCode).toBe(400);
    expect(body).not.toContain('canary');
  });

  it('logs what went wrong in a route and keeps it from the visitor', async () => {
    const app = await appWith();
    app.get('/broken', async () => {
      throw new Error('cannot reach db.internal');
    });
    const { statusCode, body } = await app.inject('/broken');
    expect(statusCode).toBe(500);
    expect(body).not.toContain('db.internal');
  });
});

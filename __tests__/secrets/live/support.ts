import fastify, { type FastifyInstance } from 'fastify';
import { afterEach } from 'vitest';
import secret, { type SecretPluginOptions } from '../../../secrets/fastify/secret.ts';
import type { LoadedConfig } from '../../../secrets/load.ts';
import { sample } from '../../support/app.ts';

/** A place for the config that a test writes to and breaks. */
export class Place {
  /** What is there. */
  current: LoadedConfig = sample;
  /** What reading it throws; undefined for nothing. */
  error: Error | undefined;
  /** How often it was looked at, and how often read. */
  looks = 0;
  reads = 0;

  /** Writes a config of the next generation. */
  write(change: Partial<LoadedConfig['config']> = {}): LoadedConfig {
    const generation = String(BigInt(this.current.generation) + 1n);
    this.current = { ...sample, generation, config: { ...sample.config, ...change } };
    return this.current;
  }

  /** Reads it as the service does. */
  readonly source = {
    load: async () => {
      this.reads += 1;
      if (this.error) throw this.error;
      return this.current;
    },
    loadIfChanged: async ({ generation }: LoadedConfig) => {
      this.looks += 1;
      if (this.error) throw this.error;
      return this.current.generation === generation ? undefined : this.source.load();
    },
  };
}

/** Times that no test waits for. */
export const never = {
  intervalMilliseconds: 3_600_000,
  firstRetryMilliseconds: 3_600_000,
  forcedPauseMilliseconds: 0,
  patienceMilliseconds: 3_600_000,
};

const apps: FastifyInstance[] = [];
afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

/** An app with the secret at that place, and the lines that it logs. */
export async function appWithSecret(place: Place, options: Partial<SecretPluginOptions> = {}) {
  const lines: { msg: string; level: number }[] = [];
  const app = fastify({ logger: { stream: { write: (line: string) => lines.push(JSON.parse(line)) } } });
  apps.push(app);
  await app.register(secret, { source: place.source, times: never, ...options });
  app.get('/', async () => ({ generation: app.secret.current?.generation }));
  await app.secret.loaded;
  return { app, secret: app.secret, lines, messages: () => lines.map(({ msg }) => msg) };
}

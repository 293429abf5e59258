import fastify, { type FastifyInstance } from 'fastify';
import { afterEach } from 'vitest';
import secret, { type SecretOptions } from '../../../secrets/fastify/index.ts';
import type { Secret } from '../../../secrets/live/secret.ts';
import type { LoadedSecret } from '../../../secrets/load.ts';
import { sample, sampleEnvironment } from '../../support/app.ts';
import type { SampleValue } from '../../support/schema.ts';

/** A place for the value that a test writes to and breaks. */
export class Place {
  /** What is there. */
  current: LoadedSecret<SampleValue> = sample;
  /** What reading it throws; undefined for nothing. */
  error: Error | undefined;
  /** How often it was looked at, and how often read. */
  looks = 0;
  reads = 0;

  /** Writes a value of the next generation. */
  write(change: Partial<SampleValue> = {}): LoadedSecret<SampleValue> {
    const generation = String(BigInt(this.current.generation) + 1n);
    this.current = { ...sample, generation, value: { ...sample.value, ...change } };
    return this.current;
  }

  /** Reads it as the service does. */
  readonly source = {
    load: async () => {
      this.reads += 1;
      if (this.error) throw this.error;
      return this.current;
    },
    loadIfChanged: async ({ generation }: LoadedSecret<SampleValue>) => {
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

/** Nothing of Google is asked in these tests. */
export const google = {
  callerEmail: async () => undefined,
  idToken: () => Promise.reject(new Error('no tokens here')),
  tokenIssuer: () => Promise.reject(new Error('no tokens here')),
  source: () => {
    throw new Error('no objects here');
  },
};

/** Options of an app with the secret at that place. */
export interface AppWithSecretOptions extends Pick<SecretOptions, 'times'> {
  readonly source?: Place['source'];
  readonly maxStaleSeconds?: number;
}

/** An app with the secret at that place, and the lines that it logs. */
export async function appWithSecret(place: Place, options: AppWithSecretOptions = {}) {
  const { source = place.source, times = never, maxStaleSeconds } = options;
  const lines: { msg: string; level: number }[] = [];
  const app = fastify({ logger: { stream: { write: (line: string) => lines.push(JSON.parse(line)) } } });
  apps.push(app);
  const environment = { ...sampleEnvironment, maxStaleSeconds };
  await app.register(secret, { environment, google, source: source as never, times });
  // Its declared type is what service/config-schema.ts says, which may become anything.
  const config = app.secrets.config as unknown as Secret<SampleValue>;
  app.get('/', async () => ({ generation: config.current?.generation }));
  await config.loaded;
  return { app, secret: config, lines, messages: () => lines.map(({ msg }) => msg) };
}

import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { LoadedConfig } from '../../secrets/load.ts';
import { retry } from '../retry.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The decrypted config, kept in memory for as long as the process lives. */
    secret: Secret;
  }
}

/** The one secret of the service. */
export interface Secret {
  /** The config, or undefined until it has been loaded and found valid. */
  readonly current: LoadedConfig | undefined;
  /** Settles once: with the config, or with the reason why the service cannot get it. */
  readonly loaded: Promise<LoadedConfig>;
}

/** Options of the plugin. */
export interface SecretPluginOptions {
  /** Reads, decrypts and validates the config; called again after a failure that is `retryable`. */
  readonly load: () => Promise<LoadedConfig>;
}

async function secretPlugin(app: FastifyInstance, { load }: SecretPluginOptions) {
  const closing = new AbortController();
  let current: LoadedConfig | undefined;
  // Not awaited: the process listens at once, and its startup probe says when the config is there.
  const loaded = retry(load, { signal: closing.signal, log: app.log }).then((config) => {
    current = config;
    const { bucket, object } = config.reference;
    app.log.info(
      { bucket, object, generation: config.generation, keyVersion: config.keyVersion },
      'config loaded',
    );
    return config;
  });
  // Whoever starts the process awaits `loaded` and ends it; without that a failure must not crash a test.
  loaded.catch(() => {});
  app.decorate('secret', {
    loaded,
    get current() {
      return current;
    },
  });
  app.addHook('onClose', async () => closing.abort());
}

/** Loads the config once at the start and decorates the app with it as `app.secret`. */
export default fp(secretPlugin, { name: 'secret', fastify: '5.x' });

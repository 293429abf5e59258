import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { LiveSecret, type LiveSecretOptions } from '../live/live-secret.ts';
import type { Secret } from '../live/secret.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The decrypted config, kept in memory and up to date. */
    secret: Secret;
  }
}

/** Options of the plugin. */
export type SecretPluginOptions = Omit<LiveSecretOptions, 'log'>;

async function secretPlugin(app: FastifyInstance, options: SecretPluginOptions) {
  // Not awaited: the process listens at once, and its startup probe says when the config is there.
  const secret = new LiveSecret({ ...options, log: app.log });
  app.decorate('secret', secret);
  app.addHook('onRequest', (_request, _reply, done) => {
    secret.reloadIfDue();
    done();
  });
  app.addHook('onClose', async () => secret.close());
}

/** Loads the config, keeps it up to date, and decorates the app with it as `app.secret`. */
export default fp(secretPlugin, { name: 'secret', fastify: '5.x' });

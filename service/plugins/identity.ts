import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyInstance {
    /** Who the service runs as. */
    identity: Identity;
  }
}

/** Who the service runs as. */
export interface Identity {
  /** Email of the service account, or undefined where the credentials do not say; never rejects. */
  readonly email: Promise<string | undefined>;
}

/** Options of the plugin. */
export interface IdentityPluginOptions {
  /** Asks for the email, on Cloud Run the metadata server. */
  readonly callerEmail: () => Promise<string | undefined>;
}

async function identityPlugin(app: FastifyInstance, { callerEmail }: IdentityPluginOptions) {
  const email = callerEmail().catch((error: unknown) => {
    app.log.warn({ error }, 'the metadata server did not say who the service runs as');
    return undefined;
  });
  app.decorate('identity', { email });
}

/** Asks once who the service runs as and decorates the app with it as `app.identity`. */
export default fp(identityPlugin, { name: 'identity', fastify: '5.x' });

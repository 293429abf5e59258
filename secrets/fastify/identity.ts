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
  /** The same, as far as it is known by now. */
  readonly knownEmail: string | undefined;
}

/** Options of the plugin. */
export interface IdentityPluginOptions {
  /** Asks for the email, on Cloud Run the metadata server. */
  readonly callerEmail: () => Promise<string | undefined>;
}

async function identityPlugin(app: FastifyInstance, { callerEmail }: IdentityPluginOptions) {
  let knownEmail: string | undefined;
  const email = callerEmail().then(
    (answer) => {
      knownEmail = answer;
      return answer;
    },
    (error: unknown) => {
      app.log.warn({ error }, 'the metadata server did not say who the service runs as');
      return undefined;
    },
  );
  app.decorate('identity', {
    email,
    get knownEmail() {
      return knownEmail;
    },
  });
}

/** Asks once who the service runs as and decorates the app with it as `app.identity`. */
export default fp(identityPlugin, { name: 'identity', fastify: '5.x' });

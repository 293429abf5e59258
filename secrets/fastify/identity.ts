import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Callers } from '../live/environment.ts';
import type { Google } from '../live/google.ts';
import { bearerToken, tokenVerifier } from './tokens.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Who the service runs as, and who calls it. */
    identity: Identity;
  }
}

/** Who the service runs as, and who calls it. */
export interface Identity {
  /** Email of the service account, or undefined where the credentials do not say; never rejects. */
  readonly email: Promise<string | undefined>;
  /** The same, as far as it is known by now. */
  readonly knownEmail: string | undefined;
  /**
   * An identity token of the service, by which another service knows it.
   *
   * @param audience what the other service takes for its own, such as CALL_ORDERS_AUDIENCE
   * @throws SecretError where the credentials give none
   */
  idToken(audience: string): Promise<string>;
  /**
   * Who sent a request.
   *
   * @returns the email of a valid identity token whose audience is TOKEN_AUDIENCE; undefined for any other request
   * @throws Error without TOKEN_AUDIENCE, and when Google's keys cannot be had
   */
  caller(request: FastifyRequest): Promise<string | undefined>;
}

/** Options of the plugin. */
export interface IdentityPluginOptions {
  readonly google: Pick<Google, 'callerEmail' | 'idToken' | 'tokenIssuer'>;
  /** Whose tokens count. */
  readonly callers: Callers | undefined;
}

async function identityPlugin(app: FastifyInstance, { google, callers }: IdentityPluginOptions) {
  let knownEmail: string | undefined;
  const email = google.callerEmail().then(
    (answer) => {
      knownEmail = answer;
      return answer;
    },
    (error: unknown) => {
      app.log.warn({ error }, 'the metadata server did not say who the service runs as');
      return undefined;
    },
  );
  let verifier: ReturnType<typeof tokenVerifier> | undefined;
  app.decorate('identity', {
    email,
    get knownEmail() {
      return knownEmail;
    },
    idToken: (audience) => google.idToken(audience),
    caller: async ({ raw }) => {
      if (!callers)
        throw new Error('Nobody can be told by a token without TOKEN_AUDIENCE in the environment.');
      const token = bearerToken(raw, callers.invokerRequired);
      if (token === undefined) return undefined;
      verifier ??= google.tokenIssuer().then((issuer) => tokenVerifier(callers, issuer));
      verifier.catch(() => {
        verifier = undefined; // asked again by the next request
      });
      return (await verifier)(token);
    },
  });
}

/** Asks once who the service runs as and decorates the app with it as `app.identity`. */
export default fp(identityPlugin, { name: 'identity', fastify: '5.x' });

import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { PoolClient } from 'pg';
import { LeasedPool } from './leased-pool.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The database, with the credentials of the secret. */
    database: Database;
  }
}

/** A database whose credentials change while it is used. */
export interface Database {
  /**
   * Runs queries on a connection. When the credentials are not accepted any more, it looks for new ones and connects
   * a second time; no query has been run by then.
   *
   * @throws NoSecretError without credentials; whatever the queries throw
   */
  run<Result>(queries: (client: PoolClient) => Promise<Result>): Promise<Result>;
}

// invalid_authorization_specification and invalid_password
// (https://www.postgresql.org/docs/current/errcodes-appendix.html)
const authenticationFailures = ['28000', '28P01'];

async function databasePlugin(app: FastifyInstance) {
  let current: LeasedPool | undefined;
  await app.secrets.config.onChange(async ({ value }) => {
    const next = new LeasedPool(value, app.log);
    try {
      // New credentials become the current ones only when the database takes them.
      await next.use((client) => client.query('SELECT 1'));
    } catch (error) {
      await next.retire();
      throw error;
    }
    return {
      commit: () => {
        void current?.retire();
        current = next;
      },
      abort: () => next.retire(),
    };
  });
  app.decorate('database', {
    run: (queries) =>
      app.secrets.config.withFresh(() => {
        if (!current) throw new Error('a secret without a pool');
        return current.use(queries);
      }, isAuthenticationFailure),
  });
  app.addHook('onClose', async () => current?.retire());
}

function isAuthenticationFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && authenticationFailures.includes(String(error.code));
}

/** A PostgreSQL pool that follows the rotation of its credentials. */
export default fp(databasePlugin, { name: 'database', fastify: '5.x', dependencies: ['secret'] });

import type { ValueOf } from '@cloud-run-identity/secrets';
import type { FastifyBaseLogger } from 'fastify';
import pg from 'pg';
import type { configSchema } from './schema.ts';

/** Name of the database; not a secret, so it is not in the secret. */
const database = 'app';

/** A pool of connections with one set of credentials, which ends when the last of its users has gone. */
export class LeasedPool {
  readonly #pool: pg.Pool;
  #users = 0;
  #isRetired = false;

  constructor(credentials: ValueOf<{ readonly schema: typeof configSchema }>, log: FastifyBaseLogger) {
    this.#pool = new pg.Pool({
      host: credentials.DB_HOST,
      port: Number(credentials.DB_PORT),
      user: credentials.DB_USER,
      password: credentials.DB_PASS,
      database,
      max: 10,
      connectionTimeoutMillis: 10_000,
      // Connections outlive a change of the password; these do not outlive it for long.
      maxUses: 100,
    });
    // Its message names the user; a connection that nobody uses is replaced when one is needed.
    this.#pool.on('error', (error: Error & { code?: string }) =>
      log.warn({ code: error.code }, 'an idle connection to the database was lost'),
    );
  }

  /** Runs queries on a connection; one that a query has failed on is not used again. */
  async use<Result>(run: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    this.#users += 1;
    try {
      const client = await this.#pool.connect();
      try {
        const result = await run(client);
        client.release();
        return result;
      } catch (error) {
        client.release(true);
        throw error;
      }
    } finally {
      this.#users -= 1;
      await this.#endIfUnused();
    }
  }

  /** Takes no part any more in what begins now; what has begun is finished. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.#endIfUnused();
  }

  async #endIfUnused(): Promise<void> {
    if (this.#isRetired && this.#users === 0 && !this.#pool.ending) await this.#pool.end();
  }
}

import type { FastifyInstance } from 'fastify';

/** `POST /visits` counts a visit and answers how many there were: a route that needs the database. */
export default async function visitsRoute(app: FastifyInstance) {
  app.post('/visits', async () => {
    const { rows } = await app.database.run((client) =>
      client.query<{ count: string }>(
        'WITH visit AS (INSERT INTO visits DEFAULT VALUES) SELECT count(*) + 1 AS count FROM visits',
      ),
    );
    return { visits: Number(rows[0]?.count) };
  });
}

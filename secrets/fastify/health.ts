import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** Path of the startup probe: 200 once the config is loaded and valid. */
export const startupPath = '/health/startup';

/** Path of the liveness probe: 200 as long as the process answers. */
export const livenessPath = '/health/live';

/** Path of the readiness probe: 200 as long as there is a config that may be used. */
export const readinessPath = '/health/ready';

// Within the one second that Cloud Run waits for a probe: a config that is about to arrive need not cost
// another period of the probe.
const patienceMilliseconds = 700;

/**
 * The container's probes (https://cloud.google.com/run/docs/configuring/healthchecks). Liveness does not
 * ask for the config: restarting a container does not bring back a grant or an object. Readiness says `fresh`, or
 * `failing` while the last good config is kept because the look for a newer one failed, and which generation of the
 * object is in use (`verify` and `doctor` ask for that).
 */
export default async function healthRoutes(app: FastifyInstance) {
  app.get(startupPath, async (_request, reply) => {
    if (!app.secret.current) {
      const settled = app.secret.loaded.catch(() => undefined);
      await Promise.race([settled, delay(patienceMilliseconds, undefined, { ref: false })]);
    }
    if (app.secret.current) return { status: 'ok' };
    return reply.code(503).send({ status: 'no config' });
  });
  app.get(readinessPath, async (_request, reply) => {
    const { state } = app.secret.status;
    const { generation, fingerprint } = app.secret.current ?? {};
    return reply.code(app.secret.current ? 200 : 503).send({ status: state, generation, fingerprint });
  });
  app.get(livenessPath, async () => ({ status: 'ok' }));
}

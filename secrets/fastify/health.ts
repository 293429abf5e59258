import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Secret } from '../live/secret.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route answers a probe, which never waits for what is overdue. */
    readonly isProbe?: boolean;
  }
}

/** Path of the startup probe: 200 once all secrets are loaded and valid. */
export const startupPath = '/health/startup';

/** Path of the liveness probe: 200 as long as the process answers. */
export const livenessPath = '/health/live';

/** Path of the readiness probe: 200 as long as all secrets may be used. */
export const readinessPath = '/health/ready';

const paths = [startupPath, livenessPath, readinessPath];

/** Says what to do where the app answers a probe itself, before or after the plugin: Fastify says only that it is twice. */
export function refuseOtherProbes(app: FastifyInstance): void {
  const refuse = (path: string | undefined) => {
    if (path === undefined) return;
    throw new Error(
      `The app has a route ${path} of its own, and so has the secret's plugin. ` +
        'Fix: take yours away, or register the first secret with { health: false } and answer all probes yourself.',
    );
  };
  refuse(paths.find((url) => app.hasRoute({ method: 'GET', url })));
  app.addHook('onRoute', ({ url, method, config }) => {
    const isGet = [method].flat().includes('GET');
    refuse(isGet && config?.isProbe !== true ? paths.find((path) => path === url) : undefined);
  });
}

// Within the one second that Cloud Run waits for a probe: a secret that is about to arrive need not cost
// another period of the probe.
const patienceMilliseconds = 700;

/** Options of the routes. */
export interface HealthRoutesOptions {
  /** In the order in which they were registered. */
  readonly secrets: ReadonlyMap<string, Secret>;
}

/**
 * The container's probes (https://cloud.google.com/run/docs/configuring/healthchecks). Liveness does not
 * ask for the secrets: restarting a container does not bring back a grant or an object; but it has a CPU, so what is due
 * is done in it. Readiness says `fresh`, or `failing` while the last good value is kept because the look for a newer one
 * failed, which generation of its object each secret is of, when it was last seen to be the newest and when that is looked for again, and who the service runs as (`verify` and `doctor` ask for
 * that); the first secret's are said on top, too.
 */
export default async function healthRoutes(app: FastifyInstance, { secrets }: HealthRoutesOptions) {
  const all = () => [...secrets.values()];
  const withPatience = (work: Promise<unknown>) =>
    Promise.race([work.catch(() => {}), delay(patienceMilliseconds, undefined, { ref: false })]);
  const config = { isProbe: true };
  app.get(startupPath, { config }, async (_request, reply) => {
    if (!all().every(isUsable)) await withPatience(Promise.all(all().map(({ loaded }) => loaded)));
    if (all().every(isUsable)) return { status: 'ok' };
    return reply.code(503).send({ status: 'no secret' });
  });
  app.get(readinessPath, { config }, async (_request, reply) => {
    await app.upkeep.inProbe(patienceMilliseconds);
    const { identity } = app;
    if (identity.knownEmail === undefined) await withPatience(identity.email);
    const states = [...secrets].map(([name, secret]) => [name, describe(secret)] as const);
    return reply.code(all().every(isUsable) ? 200 : 503).send({
      ...states[0]?.[1],
      identity: identity.knownEmail,
      secrets: Object.fromEntries(states),
    });
  });
  app.get(livenessPath, { config }, async () => {
    await app.upkeep.inProbe(patienceMilliseconds);
    return { status: 'ok' };
  });
}

function isUsable({ current }: Secret): boolean {
  return current !== undefined;
}

function describe({ status, current }: Secret) {
  const { state, secondsSinceConfirmed, secondsToNextLook } = status;
  return {
    status: state,
    generation: current?.generation,
    fingerprint: current?.fingerprint,
    // JSON has no infinity: until the first look is planned there is none.
    confirmedSecondsAgo: rounded(secondsSinceConfirmed),
    nextLookInSeconds: rounded(secondsToNextLook),
  };
}

function rounded(seconds: number | undefined): number | undefined {
  return seconds === undefined || !Number.isFinite(seconds) ? undefined : Math.round(seconds);
}

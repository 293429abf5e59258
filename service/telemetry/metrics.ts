import type { Meter } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';

/** States of the secret as numbers, as no metric can be text. */
const states = ['loading', 'fresh', 'failing', 'expired'] as const;

/**
 * Measures how long requests take, by the names of the semantic conventions
 * (https://opentelemetry.io/docs/specs/semconv/http/http-metrics/). The route is named, never the address: an address
 * may hold what somebody pasted into it.
 */
export function measureRequests(app: FastifyInstance, meter: Meter): void {
  const duration = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
  });
  app.addHook('onResponse', async (request, reply) => {
    duration.record(reply.elapsedTime / 1000, {
      'http.request.method': request.method,
      'http.response.status_code': reply.statusCode,
      ...(request.routeOptions.url && { 'http.route': request.routeOptions.url }),
    });
  });
}

/** Measures how the secret is doing; asked when metrics are sent, so it costs nothing between. */
export function measureSecret(app: FastifyInstance, meter: Meter): void {
  const reloads = meter.createObservableCounter('secret.reloads', {
    description: 'Looks for a new config, by what they brought',
  });
  const age = meter.createObservableGauge('secret.age', {
    unit: 's',
    description: 'Since the config was last confirmed to be the newest',
  });
  const state = meter.createObservableGauge('secret.state', {
    description: states.map((name, index) => `${index} ${name}`).join(', '),
  });
  meter.addBatchObservableCallback(
    (result) => {
      const status = app.secret.status;
      for (const [outcome, count] of Object.entries(status.reloads)) {
        result.observe(reloads, count, { result: outcome });
      }
      if (status.secondsSinceConfirmed !== undefined) result.observe(age, status.secondsSinceConfirmed);
      result.observe(state, states.indexOf(status.state));
    },
    [reloads, age, state],
  );
}

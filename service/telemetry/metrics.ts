import { type JsonSchema, keyAges, type Secret } from '@cloud-run-identity/secrets';
import type { Meter } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';

/** States of a secret as numbers, as no metric can be text. */
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

/** Measures how old the values are of which a schema says with `x-max-age` how old they may get. */
export function measureAges(
  app: FastifyInstance,
  meter: Meter,
  schemas: Readonly<Record<string, JsonSchema>>,
): void {
  const age = meter.createObservableGauge('secret.value.age', {
    unit: 's',
    description: 'Since the value last changed, as far as it is known',
  });
  const overdue = meter.createObservableGauge('secret.value.overdue', {
    description: '1 where a value is older than its schema allows, or nobody knows how old it is; else 0',
  });
  meter.addBatchObservableCallback(
    (result) => {
      const secrets: Readonly<Record<string, Secret>> = { ...app.secrets };
      for (const [name, schema] of Object.entries(schemas)) {
        const { current } = secrets[name] ?? {};
        for (const { pointer, ageSeconds, state } of current ? keyAges(schema, current.keysChanged) : []) {
          const value = { 'secret.name': name, 'secret.value': pointer };
          if (ageSeconds !== undefined) result.observe(age, ageSeconds, value);
          result.observe(overdue, state === 'in time' ? 0 : 1, value);
        }
      }
    },
    [age, overdue],
  );
}

/** Measures how the secrets are doing; asked when metrics are sent, so it costs nothing between. */
export function measureSecrets(app: FastifyInstance, meter: Meter): void {
  const reloads = meter.createObservableCounter('secret.reloads', {
    description: 'Looks for a new value, by what they brought',
  });
  const age = meter.createObservableGauge('secret.age', {
    unit: 's',
    description: 'Since the value was last confirmed to be the newest',
  });
  const state = meter.createObservableGauge('secret.state', {
    description: states.map((name, index) => `${index} ${name}`).join(', '),
  });
  meter.addBatchObservableCallback(
    (result) => {
      const secrets: Readonly<Record<string, Secret>> = { ...app.secrets };
      for (const [name, { status }] of Object.entries(secrets)) {
        const secret = { 'secret.name': name };
        for (const [outcome, count] of Object.entries(status.reloads)) {
          result.observe(reloads, count, { ...secret, result: outcome });
        }
        if (status.secondsSinceConfirmed !== undefined) {
          result.observe(age, status.secondsSinceConfirmed, secret);
        }
        result.observe(state, states.indexOf(status.state), secret);
      }
    },
    [reloads, age, state],
  );
}

import { type Chore, startStopwatch, withDeadline } from '@cloud-run-identity/secrets';
import { FastifyOtelInstrumentation } from '@fastify/otel';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { FastifyInstance } from 'fastify';
import { configSchema } from '../config-schema.ts';
import type { ServiceEnvironment } from '../environment.ts';
import { measureAges, measureRequests, measureSecrets } from './metrics.ts';

// The longest that a timer can wait: on Cloud Run a timer has no CPU, so what is due is sent by the app's upkeep.
const neverMilliseconds = 2 ** 31 - 1;
const flushMilliseconds = 60_000;
// A collector that is away holds up one request a minute for so long, and fails none.
const patienceMilliseconds = 2_000;

/**
 * A plugin that sends traces and metrics of the app to an OpenTelemetry collector by OTLP over HTTP
 * (https://opentelemetry.io/docs/specs/otlp/). It has to be the first, so that it sees what later ones register. This
 * module is imported only when there is a collector: it takes longer to load than the rest of the service.
 *
 * @param endpoint base address of the collector
 */
export function telemetryPlugin(
  endpoint: string,
  { service, revision }: Pick<ServiceEnvironment, 'service' | 'revision'>,
) {
  const resource = resourceFromAttributes({
    'service.name': service ?? 'cloud-run-identity',
    ...(revision && { 'service.version': revision }),
    'cloud.provider': 'gcp',
    'cloud.platform': 'gcp_cloud_run',
  });
  const spans = new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }), {
    scheduledDelayMillis: neverMilliseconds,
  });
  const tracerProvider = new NodeTracerProvider({ resource, spanProcessors: [spans] });
  const meterProvider = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${endpoint}/v1/metrics` }),
        exportIntervalMillis: neverMilliseconds,
      }),
    ],
  });
  return async (app: FastifyInstance) => {
    tracerProvider.register();
    const instrumentation = new FastifyOtelInstrumentation({ instrumentHooks: false });
    instrumentation.setTracerProvider(tracerProvider);
    await app.register(instrumentation.plugin());
    const meter = meterProvider.getMeter('cloud-run-identity');
    measureRequests(app, meter);
    measureSecrets(app, meter);
    measureAges(app, meter, { config: configSchema });
    const flush = () => Promise.all([tracerProvider.forceFlush(), meterProvider.forceFlush()]);
    app.addHook('onReady', async () => app.upkeep.add(periodic(flush)));
    app.addHook('onClose', async () => {
      // What is left is sent now, or lost when the collector is away: the process ends all the same.
      await Promise.allSettled([tracerProvider.shutdown(), meterProvider.shutdown()]);
    });
  };
}

/** Sends what has gathered, once a minute. */
function periodic(flush: () => Promise<unknown>): Chore {
  let sent = startStopwatch();
  let current: Promise<unknown> | undefined;
  return {
    get isDue() {
      return sent.elapsedMilliseconds() >= flushMilliseconds;
    },
    get isOverdue() {
      return sent.elapsedMilliseconds() >= 2 * flushMilliseconds;
    },
    run: () => {
      current ??= withDeadline(patienceMilliseconds, flush)
        .catch(() => {}) // what is not sent in time is sent later, or said by OpenTelemetry itself
        .finally(() => {
          sent = startStopwatch();
          current = undefined;
        });
      return current;
    },
  };
}

import { FastifyOtelInstrumentation } from '@fastify/otel';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { FastifyInstance } from 'fastify';
import type { ServiceConfig } from '../config.ts';
import { measureRequests, measureSecret } from './metrics.ts';

/**
 * A plugin that sends traces and metrics of the app to an OpenTelemetry collector by OTLP over HTTP
 * (https://opentelemetry.io/docs/specs/otlp/). It has to be the first, so that it sees what later ones register. This
 * module is imported only when there is a collector: it takes longer to load than the rest of the service.
 *
 * @param endpoint base address of the collector
 */
export function telemetryPlugin(endpoint: string, config: ServiceConfig) {
  const resource = resourceFromAttributes({
    'service.name': config.service ?? 'cloud-run-identity',
    ...(config.revision && { 'service.version': config.revision }),
    'cloud.provider': 'gcp',
    'cloud.platform': 'gcp_cloud_run',
  });
  const spans = new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }));
  const tracerProvider = new NodeTracerProvider({ resource, spanProcessors: [spans] });
  const meterProvider = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${endpoint}/v1/metrics` }),
        exportIntervalMillis: 60_000,
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
    measureSecret(app, meter);
    app.addHook('onClose', async () => {
      // What is left is sent now, or lost when the collector is away: the process ends all the same.
      await Promise.allSettled([tracerProvider.shutdown(), meterProvider.shutdown()]);
    });
  };
}

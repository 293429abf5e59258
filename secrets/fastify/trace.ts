import type { IncomingHttpHeaders } from 'node:http';

// https://www.w3.org/TR/trace-context/#traceparent-header
const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/;

// https://cloud.google.com/trace/docs/trace-context#legacy-http-header, with the span in decimal
const cloudTraceContext = /^([0-9a-f]{32})\/(\d{1,20})(?:;o=([01]))?$/;

/**
 * The fields by which Cloud Logging shows a line beside the request that it belongs to
 * (https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields). `insertId` is left to
 * Cloud Logging: lines with the same one would be taken for the same line.
 *
 * @param project the project that has the traces; without it there are no fields
 */
export function traceFields(
  headers: IncomingHttpHeaders,
  project: string | undefined,
): Record<string, unknown> {
  const trace = readTrace(headers);
  if (!trace || project === undefined) return {};
  return {
    'logging.googleapis.com/trace': `projects/${project}/traces/${trace.traceId}`,
    'logging.googleapis.com/spanId': trace.spanId,
    'logging.googleapis.com/trace_sampled': trace.isSampled,
  };
}

function readTrace({ traceparent: w3c, 'x-cloud-trace-context': cloud }: IncomingHttpHeaders) {
  const [, traceId, spanId, flags = '0'] = traceparent.exec(String(w3c)) ?? [];
  if (traceId && spanId) return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
  const [, cloudTraceId, span, sampled] = cloudTraceContext.exec(String(cloud)) ?? [];
  if (!cloudTraceId || !span) return undefined;
  const spanHex = BigInt.asUintN(64, BigInt(span)).toString(16).padStart(16, '0');
  return { traceId: cloudTraceId, spanId: spanHex, isSampled: sampled === '1' };
}

/** The project of a service account, which is the service's own; undefined for any other account. */
export function projectOf(email: string | undefined): string | undefined {
  return /@([a-z][a-z0-9-]{4,28}[a-z0-9])\.iam\.gserviceaccount\.com$/.exec(email ?? '')?.[1];
}

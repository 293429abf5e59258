import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { request as httpRequest } from '../http/node-http.ts';

/**
 * The header whose token is checked: the second one where there are both, so that the other is the container's
 * (https://cloud.google.com/run/docs/authenticating/service-to-service#acquire-token).
 */
export function checkedHeader(headers: IncomingHttpHeaders): 'authorization' | 'x-serverless-authorization' {
  return headers['x-serverless-authorization'] === undefined ? 'authorization' : 'x-serverless-authorization';
}

/** The container learns who called, and cannot call others with the same token. */
export function withoutSignature(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const name = checkedHeader(headers);
  const token = String(headers[name]).replace(/\.[^.]+$/, '.SIGNATURE_REMOVED_BY_GOOGLE');
  return { ...headers, [name]: token };
}

/** Where a request goes, how long it may take, and the headers that it has there. */
export interface Destination {
  readonly port: number;
  readonly timeoutSeconds: number;
  readonly headers: IncomingHttpHeaders;
  /** Settles when the instance has gone. @default nothing is known of it */
  readonly exited?: Promise<void>;
}

/** How long an instance whose connection broke may take to be gone. */
const PATIENCE_MILLISECONDS = 1_000;

/** Sends a request on to an instance, and its answer back; both are streamed. */
export function forward(destination: Destination, request: IncomingMessage, response: ServerResponse) {
  const { port, timeoutSeconds } = destination;
  const { connection: _, ...headers } = destination.headers;
  const forwarded = { 'x-forwarded-for': request.socket.remoteAddress ?? '', 'x-forwarded-proto': 'https' };
  const options = { port, host: '127.0.0.1', method: request.method, path: request.url, agent: false };
  const upstream = httpRequest({ ...options, headers: { ...headers, ...forwarded } }, (answered) => {
    response.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
    answered.pipe(response);
  });
  upstream.setTimeout(timeoutSeconds * 1000, () => {
    if (!response.headersSent) answer(response, 504, 'Gateway Timeout', 'upstream request timeout');
    upstream.destroy();
  });
  upstream.on('error', async () => {
    if (response.headersSent) return response.destroy();
    // Whoever asks again after the answer is to get a new instance, not the one that is about to go.
    const patience = delay(PATIENCE_MILLISECONDS, undefined, { ref: false });
    if (destination.exited) await Promise.race([destination.exited, patience]);
    if (!response.headersSent)
      answer(response, 503, 'Service Unavailable', 'The container ended before it answered.');
  });
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
}

/** Answers in the place of the container, as Cloud Run does. */
export function answer(response: ServerResponse, status: number, title: string, text: string) {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=UTF-8' });
  response.end(
    `<html><head><title>${status} ${title}</title></head><body><h1>Error: ${title}</h1><h2>${text}</h2></body></html>\n`,
  );
}

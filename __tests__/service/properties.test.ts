import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sample, sampleApp } from '../support/app.ts';
import { leaks } from '../support/canary.ts';
import { runs } from '../support/property-runs.ts';

const secrets = { DB_PASS: sample.value.DB_PASS };
const html = /^<!doctype html>/;
const json = /^\{"status":/;

let app: FastifyInstance;
beforeAll(async () => {
  app = await sampleApp();
  await app.secrets.config.loaded;
});
afterAll(() => app.close());

const methods = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');
const segment = fc.oneof(
  fc.constantFrom('health', 'startup', 'live', 'ready', 'secret', 'reload', '..', '.', '%2e%2e', '%00', '%'),
  fc.webSegment(),
);
const address = fc
  .tuple(fc.array(segment, { maxLength: 5 }), fc.webQueryParameters())
  .map(([segments, query]) => `/${segments.join('/')}?${query}`);
const headerName = fc.constantFrom(
  'accept',
  'authorization',
  'content-type',
  'traceparent',
  'x-cloud-trace-context',
  'x-forwarded-for',
  'x-http-method-override',
);
const headers = fc.dictionary(
  headerName,
  fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)) }),
);

describe('whatever is asked of the service', () => {
  it('it answers, never with an error of its own, always with the security headers, and never with the password', async () => {
    await fc.assert(
      fc.asyncProperty(methods, address, headers, fc.string(), async (method, url, given, payload) => {
        const hasBody = !['GET', 'HEAD'].includes(method);
        const answer = await app.inject({
          method,
          url,
          headers: given,
          ...(hasBody && { payload }),
        } as never);
        expect(answer.statusCode).toBeLessThan(500);
        expect(answer.headers['cache-control']).toBe('no-store');
        expect(leaks(`${answer.body} ${JSON.stringify(answer.headers)}`, secrets)).toEqual([]);
        if (method !== 'HEAD') expect(html.test(answer.body) || json.test(answer.body)).toBe(true);
      }),
      runs(500),
    );
  }, 120_000);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { projectOf, traceFields } from '../../../secrets/fastify/trace.ts';
import { sampleApp } from '../../support/app.ts';
import { runs } from '../../support/property-runs.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';

describe('the trace of a log line', () => {
  it.each([
    [{ traceparent: `00-${traceId}-b7ad6b7169203331-01` }, 'b7ad6b7169203331', true],
    [{ traceparent: `00-${traceId}-b7ad6b7169203331-00` }, 'b7ad6b7169203331', false],
    [{ 'x-cloud-trace-context': `${traceId}/255;o=1` }, '00000000000000ff', true],
    [{ 'x-cloud-trace-context': `${traceId}/18446744073709551615` }, 'ffffffffffffffff', false],
  ])('is that of %j', (headers, spanId, isSampled) => {
    expect(traceFields(headers, 'my-project')).toEqual({
      'logging.googleapis.com/trace': `projects/my-project/traces/${traceId}`,
      'logging.googleapis.com/spanId': spanId,
      'logging.googleapis.com/trace_sampled': isSampled,
    });
  });

  it('is none for any other header, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (traceparent, cloud) => {
        expect(traceFields({ traceparent, 'x-cloud-trace-context': cloud }, 'my-project')).toEqual({});
      }),
      runs(1000),
    );
  });

  it('is none without a project', () => {
    expect(traceFields({ traceparent: `00-${traceId}-b7ad6b7169203331-01` }, undefined)).toEqual({});
  });

  it.each([
    ['sa@my-project.iam.gserviceaccount.com', 'my-project'],
    ['123-compute@developer.gserviceaccount.com', undefined],
    ['ann@example.com', undefined],
    [undefined, undefined],
  ])('has the project of %s', (email, project) => {
    expect(projectOf(email)).toBe(project);
  });

  it('is on the lines of the request, and an insertId never is', async () => {
    const lines: Record<string, unknown>[] = [];
    const app = await sampleApp({
      logger: { stream: { write: (line: string) => lines.push(JSON.parse(line)) } },
    });
    app.get('/broken', async () => {
      throw new Error('a bug');
    });
    await app.identity.email;
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, 'x-insert-id': 'x' };
    await app.inject({ url: '/broken', headers });
    await app.close();
    const line = lines.find(({ msg }) => msg === 'a bug');
    expect(line?.['logging.googleapis.com/trace']).toBe(`projects/sample-project/traces/${traceId}`);
    expect(JSON.stringify(lines)).not.toContain('insertId');
  });
});

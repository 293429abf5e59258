import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { runs } from '../../support/property-runs.ts';
import { localCloud } from '../support.ts';
import { body, query } from './arbitrary-bodies.ts';
import { path } from './arbitrary-paths.ts';
import { createResources, dump, type RawRequest, sendRaw } from './support.ts';

const context = localCloud();
beforeAll(() => createResources(context.cloud));

const request: fc.Arbitrary<RawRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
    path,
    query,
    body,
    type: fc.constantFrom('application/json', 'text/plain', 'multipart/related; boundary=b', '', 'x'),
  })
  .map(({ method, path, query, body, type }) => ({
    method,
    path: `${path.replace(/^\/*/, '/')}${query && `?${query}`}`,
    body: method === 'GET' || method === 'HEAD' ? '' : body,
    ...(type && { headers: { 'content-type': type } }),
  }));

it('whatever is sent, by whom it may be: no answer is a failure of the server', {
  timeout: 120_000,
}, async () => {
  const { cloud } = context;
  const outsider = cloud.tokenFor('user:mallory@example.com');
  const token = fc.constantFrom(outsider, undefined, 'ya29.forged.token', `${outsider}x`);
  const before = await dump(cloud);
  await fc.assert(
    fc.asyncProperty(request, token, async (raw, bearer) => {
      const { status } = await sendRaw(cloud, { ...raw, token: bearer });
      expect(status).toBeLessThan(500);
      expect(await dump(cloud)).toEqual(before);
    }),
    runs(100),
  );
});

it('nor is it to the owner, who may do everything', { timeout: 120_000 }, async () => {
  const { cloud } = context;
  const token = cloud.tokenFor(cloud.owner);
  await fc.assert(
    fc.asyncProperty(request, async (raw) => {
      const { status, text } = await sendRaw(cloud, { ...raw, token });
      // What the local cloud has not, it says.
      expect(status, text).toBeLessThan(500);
    }),
    runs(200),
  );
});

import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { httpToken } from '@cloud-run-identity/secrets/rotators';
import fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLocalCloud } from '../../../emulator/cloud.ts';
import { decrypt } from '../../../secrets/cipher.ts';
import { readObject } from '../../../secrets/store.ts';
import { run, secretOf } from '../../cli/rotation/support.ts';
import { createReadyScene } from '../../support/scene.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** An API of one's own that accepts several tokens, of which it keeps the digests. */
const digests = new Set([sha256('canary-first')]);
const bodies: unknown[] = [];
const api = fastify();
api.addHook('onRequest', async (request, reply) => {
  const [, token = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  if (!digests.has(sha256(token))) return reply.code(401).send();
});
api.get('/', async () => 'hello');
api.put<{ Params: { id: string } }>('/tokens/:id', async ({ params, body }) => {
  bodies.push(body);
  digests.add(params.id);
});
api.delete<{ Params: { id: string } }>('/tokens/:id', async ({ params }, reply) =>
  reply.code(digests.delete(params.id) ? 204 : 404).send(),
);

let url: string;
beforeAll(async () => {
  await api.listen({ port: 0, host: '127.0.0.1' });
  url = `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`;
});
afterAll(() => api.close());

test('a token of an API, in a secret that is text', async () => {
  const cloud = await startLocalCloud({ projectId: 'sample-project' });
  try {
    const scene = await createReadyScene(cloud);
    await scene.put(await scene.encrypt('canary-first'));
    const secret = { ...secretOf(cloud, scene), name: 'token', format: 'text' } as const;
    const rotator = httpToken({ tokensUrl: `${url}/tokens`, testUrl: url });
    await run(secret, rotator, { key: 'token' });
    const { bytes } = await readObject(scene.owner, scene.reference.bucket, scene.reference.object);
    const { plaintext } = await decrypt(scene.owner, scene.reference.key, bytes);
    const token = plaintext.toString();
    expect([...digests]).toEqual([sha256(token)]);
    expect(bodies).toEqual([{ sha256: sha256(token) }]);
    // What was retired stays so when it is done again; what the API refuses is said without the token.
    const change = { current: { token: 'canary-first' }, next: { token } };
    await rotator.retire(change);
    const reversed = { current: change.next, next: change.current };
    await expect(rotator.test(reversed)).rejects.toThrow(`GET ${url} was answered 401.`);
  } finally {
    await cloud.close();
  }
}, 60_000);

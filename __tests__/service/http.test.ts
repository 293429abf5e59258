import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { createReadyScene } from '../support/scene.ts';
import { type ServiceProcess, serviceEnvironment, startService } from '../support/service-process.ts';

let cloud: LocalCloud;
let service: ServiceProcess;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
  service = startService(await serviceEnvironment(cloud, await createReadyScene(cloud)));
  await service.logged((line) => line.message === 'config loaded');
});
afterAll(async () => {
  await service.kill();
  await cloud.close();
});

async function raw(bytes: string): Promise<string> {
  const socket = connect(service.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end(bytes);
  return text(socket);
}

describe('every answer', () => {
  it.each(['/', '/health/live', '/health/startup', '/health/ready', '/none', '/%zz'])(
    'of %s is kept out of caches and frames and names no framework',
    async (path) => {
      const { headers } = await fetch(service.url + path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(JSON.stringify([...headers])).not.toMatch(/fastify|node|express|server|powered/i);
    },
  );
});

describe('a request that is too much', () => {
  it('a body over 64 KiB', async () => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(service.url, { method: 'POST', headers, body: 'x'.repeat(65 * 1024) });
    expect(response.status).toBe(413);
    expect(await response.text()).not.toMatch(/fastify|FST_/i);
  });

  it('headers over 16 KiB', async () => {
    expect(await raw(`GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431/,
    );
  });

  it.each([
    'NONSENSE\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
  ])('is none at all: %j', async (bytes) => {
    const answer = await raw(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(answer).not.toMatch(/fastify/i);
  });

  it('leaves the service as it was', async () => {
    expect((await fetch(service.url)).status).toBe(200);
  });
});

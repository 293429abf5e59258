import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from '../../emulator/run/free-port.ts';

it('gives ports that can be listened on, that no outgoing connection takes, and none twice', async () => {
  const ports = await Promise.all(Array.from({ length: 500 }, () => freePort()));
  expect(new Set(ports).size).toBe(500);
  for (const port of ports) {
    expect(port).toBeGreaterThan(1023);
    // https://docs.kernel.org/networking/ip-sysctl.html, ip_local_port_range
    expect(port).toBeLessThan(32_768);
  }
  const server = createServer().listen(ports[0], '127.0.0.1');
  await once(server, 'listening');
  server.close();
});

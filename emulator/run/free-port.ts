import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152, RFC 6335): one of
// those is taken again by any program's next connection, before the process that it is meant for listens.
const firstPort = 20_000;
const lastPort = 32_767;
const attempts = 100;
const count = lastPort - firstPort + 1;
// Each process begins somewhere else, and goes on from there: none of its ports is given twice before all were.
let given = Math.floor(Math.random() * count);

/**
 * A port of 127.0.0.1 that nothing listens on, for a process that is about to start. Two callers in one process never get
 * the same one, in two processes by chance only.
 *
 * @throws Error when 100 ports were tried and all of them are in use
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = firstPort + (given++ % count);
    if (await isFree(port)) return port;
  }
  throw new Error(
    `No free port: ${attempts} of those from ${firstPort} to ${lastPort} are in use. Fix: stop what uses them.`,
  );
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

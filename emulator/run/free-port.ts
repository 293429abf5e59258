import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152, RFC 6335): one of
// those is taken again by any program's next connection, before the process that it is meant for listens.
const firstPort = 20_000;
const lastPort = 32_767;
const attempts = 100;

/**
 * A port of 127.0.0.1 that nothing listens on, for a process that is about to start. Two callers get the same one by
 * chance only.
 *
 * @throws Error when 100 ports were tried and all of them are in use
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort + 1));
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

import { randomInt } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/**
 * Listens on an address that nobody can guess: a port of an address of 127.0.0.0/8 chosen by chance. Who connects to it
 * needs no token, so it must be known only to who was told. Systems that have no such address besides 127.0.0.1, as
 * macOS, get a port of that.
 * @param listen listens on an address, on any free port
 */
export async function unguessably<Result>(listen: (host: string) => Promise<Result>): Promise<Result> {
  const chosen = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  try {
    return await listen(chosen);
  } catch (error) {
    if (!/EADDRNOTAVAIL|EACCES|No address added/.test(String(error))) throw error;
    return listen('127.0.0.1');
  }
}

/** Has an HTTP server listen so. */
export function listenUnguessably(server: Server): Promise<void> {
  return unguessably((host) => listenOn(server, host));
}

/** Listens on an address and port, any free one if it is 0. */
export function listenOn(server: Server, host: string, port = 0): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** `HOST:PORT` of a server that listens. */
export function addressOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `${address}:${port}`;
}

/** `HOST:PORT` that a client reached us by. */
export function localAddressOf({ localAddress = '127.0.0.1', localPort }: Socket): string {
  const address = localAddress.replace(/^::ffff:/, '');
  return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}

/** Stops listening and ends what is still open. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

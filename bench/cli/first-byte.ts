import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { start } from '../support/process.ts';

/** A server that stands where Google's would be, says nothing, and notices when somebody says the first word. */
export interface SilentServer {
  readonly url: string;
  /** From the start of the process to the first byte that it sends here, in milliseconds. */
  firstByte(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<number>;
  close(): void;
}

/** Starts one on loopback. */
export async function startSilentServer(): Promise<SilentServer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    firstByte: (args, environment) => firstByte(server, args, environment),
    close: () => server.close(),
  };
}

async function firstByte(
  server: Server,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const begin = performance.now();
  const child = start(args, environment);
  const ended = once(child, 'close');
  child.stdout?.resume();
  child.stderr?.resume();
  const early = ended.then(([code]) => {
    throw new Error(`${args.join(' ')} ended with ${code} and asked nobody`);
  });
  const milliseconds = await Promise.race([early, heard(connected, begin)]);
  // It ends by itself, and leaves what it has compiled to the next one.
  await ended;
  return milliseconds;
}

async function heard(connected: Promise<[Socket]>, begin: number): Promise<number> {
  const [socket] = await connected;
  await once(socket, 'data');
  const milliseconds = performance.now() - begin;
  socket.on('error', () => {}).destroy();
  return milliseconds;
}

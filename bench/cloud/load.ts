import { connect, type Socket } from 'node:net';

/**
 * A load generator in a process of its own: `node bench/cloud/load.ts JSON`. It writes the same request on every
 * connection again as soon as the answer to the one before is there, and prints what it saw. It speaks HTTP/1.1 by
 * hand, because Node's client takes more of a core than the servers that are measured.
 */
export interface LoadOptions {
  readonly port: number;
  /** Head and body as they go over the wire. */
  readonly request: string;
  readonly status: number;
  readonly connections: number;
  readonly warmUpMilliseconds: number;
  readonly milliseconds: number;
}

/** What one run saw. */
export type LoadResult = {
  readonly requestsPerSecond: number;
  /** In milliseconds. */
  readonly p99: number;
};

if (import.meta.main) {
  console.log(JSON.stringify(await load(JSON.parse(process.argv[2] ?? '') as LoadOptions)));
}

/** @throws Error for an answer of another status, and when a connection ends */
async function load(options: LoadOptions): Promise<LoadResult> {
  const from = performance.now() + options.warmUpMilliseconds;
  const to = from + options.milliseconds;
  const latencies: number[] = [];
  const note = (begin: number, end: number) => {
    if (end >= from) latencies.push(end - begin);
    return end < to;
  };
  await Promise.all(Array.from({ length: options.connections }, () => ask(options, note)));
  const sorted = Float64Array.from(latencies).sort();
  return {
    requestsPerSecond: (latencies.length / options.milliseconds) * 1000,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
  };
}

/** Asks over one connection for as long as `note` wants it to. */
function ask(
  { port, request, status }: LoadOptions,
  note: (begin: number, end: number) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let begin = 0;
    let received: Buffer = Buffer.alloc(0);
    const send = () => {
      begin = performance.now();
      received = Buffer.alloc(0);
      socket.write(request);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The server closed the connection.')));
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      if (!isComplete(received)) return;
      const got = received.toString('latin1', 9, 12);
      if (got !== String(status)) reject(new Error(`HTTP ${got}: ${received}`));
      if (note(begin, performance.now())) return send();
      resolve();
      socket.destroy();
    });
  });
}

function isComplete(answer: Buffer): boolean {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(answer.toString('latin1', 0, headEnd)) ?? [];
  if (length === undefined) throw new Error(`An answer without Content-Length: ${answer}`);
  return answer.length >= headEnd + 4 + Number(length);
}

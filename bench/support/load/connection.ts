import { connect, type Socket } from 'node:net';
import type { LoadRequest } from './load.ts';

/** What a connection tells of its answers. */
export interface ConnectionEvents {
  /** An answer is there as a whole. @param milliseconds since its request, or since the connection for it was begun */
  answered(status: number, milliseconds: number): void;
  /** Whether to send another request. */
  goesOn(): boolean;
}

/**
 * Sends one request after the other over one connection, and opens a new one when the server closes it. Written on bare
 * sockets, because Node's HTTP client takes more time for a request than the servers that are measured.
 */
export class Connection {
  readonly #url: URL;
  readonly #events: ConnectionEvents;
  readonly #request: Buffer;
  #socket: Socket | undefined;
  #begin = 0;
  #received = 0;
  /** Bytes of the answer, headers included; undefined until its headers are there. */
  #expected: number | undefined;
  #status = 0;
  #head = '';

  constructor(request: LoadRequest, events: ConnectionEvents) {
    this.#url = new URL(request.url);
    this.#events = events;
    this.#request = requestBytes(this.#url, request);
  }

  /** Begins to send. */
  open(): void {
    if (!this.#events.goesOn()) return;
    this.#begin = performance.now();
    const socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), noDelay: true });
    this.#socket = socket;
    socket.on('connect', () => this.#send());
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => this.#closed());
  }

  /** Ends at once. */
  close(): void {
    this.#socket?.destroy();
  }

  #send(): void {
    this.#received = 0;
    this.#expected = undefined;
    this.#head = '';
    this.#socket?.write(this.#request);
  }

  #receive(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#expected === undefined) this.#readHead(chunk);
    if (this.#expected === undefined || this.#received < this.#expected) return;
    this.#events.answered(this.#status, performance.now() - this.#begin);
    if (/\r\nconnection: close\r\n/i.test(this.#head)) return; // the server's 'close' follows
    if (!this.#events.goesOn()) return;
    this.#begin = performance.now();
    this.#send();
  }

  #readHead(chunk: Buffer): void {
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return;
    this.#head = this.#head.slice(0, end + 2);
    this.#status = Number(this.#head.slice(9, 12));
    this.#expected = end + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(this.#head)?.[1] ?? Number.NaN);
  }

  #closed(): void {
    const isAnswered = this.#expected !== undefined && this.#received >= this.#expected;
    if (!isAnswered && this.#events.goesOn()) this.#events.answered(0, performance.now() - this.#begin);
    this.open();
  }
}

/** Head and body as they go over the wire. */
function requestBytes(
  { host, pathname, search }: URL,
  { method = 'GET', headers, body }: LoadRequest,
): Buffer {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const fields = Object.entries({ host, connection: 'keep-alive', ...headers, ...length });
  const head = [
    `${method} ${pathname}${search} HTTP/1.1`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body ?? ''}`);
}

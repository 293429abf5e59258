import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** An answer as the server made it. */
export interface Answer {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The answer as it goes out. */
export interface ChangedAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: readonly Buffer[];
  /** Before each piece. @default 0 */
  readonly pauseMilliseconds?: number;
  /** Whether the connection is reset after the last piece. @default false */
  readonly isCutOff?: boolean;
}

/** Holds back what a server answers until it has ended, and sends what is made of it instead. */
export function answerWith(response: ServerResponse, change: (answer: Answer) => ChangedAnswer): void {
  const { writeHead, end, write } = response;
  const chunks: Buffer[] = [];
  let given: OutgoingHttpHeaders = {};
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  response.writeHead = (status: number, ...rest: unknown[]) => {
    response.statusCode = status;
    const [headers] = rest.filter((item) => typeof item === 'object') as OutgoingHttpHeaders[];
    given = { ...given, ...headers };
    return response;
  };
  response.write = (chunk: unknown) => {
    keep(chunk);
    return true;
  };
  response.end = (chunk?: unknown) => {
    keep(chunk);
    Object.assign(response, { writeHead, write, end });
    const headers = textHeaders({ ...response.getHeaders(), ...given });
    void send(response, change({ headers, body: Buffer.concat(chunks) }));
    return response;
  };
}

async function send(response: ServerResponse, answer: ChangedAnswer): Promise<void> {
  const { headers, pieces, pauseMilliseconds = 0, isCutOff = false } = answer;
  const { 'transfer-encoding': _, 'content-length': announced, ...others } = headers;
  const length = isCutOff ? announced : pieces.reduce((sum, { length }) => sum + length, 0);
  response.writeHead(response.statusCode, { ...others, 'content-length': String(length) });
  for (const piece of pieces) {
    if (pauseMilliseconds > 0) await delay(pauseMilliseconds);
    await new Promise((resolve) => response.write(piece, resolve));
  }
  if (isCutOff) response.socket?.destroy();
  else response.end();
}

function textHeaders(headers: OutgoingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

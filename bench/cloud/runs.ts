import type { ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { output, start } from '../support/process.ts';
import type { BareAnswers } from './bare.ts';
import type { LoadOptions, LoadResult } from './load.ts';
import type { RunningCloud } from './server.ts';

/** A process that serves, until it is ended. */
export interface Running<Printed> {
  readonly printed: Printed;
  end(): void;
}

/** One request of a measurement. */
export interface Asked {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token: string;
  readonly body?: string;
  /** @default 200 */
  readonly status?: number;
}

/** Starts a local cloud in a process of its own. @param dataDirectory where it keeps its state; none: in memory only */
export function startCloud(dataDirectory?: string): Promise<Running<RunningCloud>> {
  return serve(start(['bench/cloud/server.ts', ...(dataDirectory === undefined ? [] : [dataDirectory])]));
}

/** Starts the bare limit in a process of its own. */
export function startBare(answers: BareAnswers): Promise<Running<{ readonly url: string }>> {
  return serve(start(['bench/cloud/bare.ts', JSON.stringify(answers)]));
}

/** Sends one request over and over. @throws Error when an answer has another status */
export async function load(
  asked: Asked,
  options: Pick<LoadOptions, 'connections' | 'milliseconds'>,
): Promise<LoadResult> {
  const { url, status = 200 } = asked;
  const port = Number(new URL(url).port);
  const request = requestText(asked);
  const child = start([
    'bench/cloud/load.ts',
    JSON.stringify({ port, request, status, warmUpMilliseconds: 300, ...options }),
  ]);
  const [printed, errors] = await Promise.all(
    [child.stdout, child.stderr].map((stream) => stream && text(stream)),
  );
  if (!printed) throw new Error(`The load on ${asked.path} failed: ${errors}`);
  return JSON.parse(printed) as LoadResult;
}

/** What an answer was, for the bare server to repeat. */
export async function record({ url, method, path, token, body }: Asked) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body }),
  });
  const {
    connection: _,
    'keep-alive': _keepAlive,
    date: _date,
    ...headers
  } = Object.fromEntries(response.headers);
  return { headers, body: Buffer.from(await response.arrayBuffer()).toString('base64') };
}

async function serve<Printed>(child: ChildProcess): Promise<Running<Printed>> {
  const end = () => {
    child.kill();
    process.off('exit', end);
  };
  // Also when a measurement fails before it can end what it started.
  process.once('exit', end);
  const [, line = ''] = await output(child, /(\{.*\})\n/);
  return { printed: JSON.parse(line) as Printed, end };
}

function requestText({ method, path, token, body }: Asked): string {
  const head = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    `authorization: Bearer ${token}`,
    ...(body === undefined
      ? []
      : ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`]),
  ];
  return `${head.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

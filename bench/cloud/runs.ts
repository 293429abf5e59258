import type { ChildProcess } from 'node:child_process';
import type { LoadRequest } from '../support/load/load.ts';
import { output, start } from '../support/process.ts';
import type { BareAnswers } from './bare.ts';
import type { RunningCloud } from './server.ts';

/** A process that serves, until it is ended. */
export interface Running<Printed> {
  readonly printed: Printed;
  end(): void;
}

/** Starts a local cloud in a process of its own. @param dataDirectory where it keeps its state; none: in memory only */
export function startCloud(dataDirectory?: string): Promise<Running<RunningCloud>> {
  return serve(start(['bench/cloud/server.ts', ...(dataDirectory === undefined ? [] : [dataDirectory])]));
}

/** Starts the bare limit in a process of its own. */
export function startBare(answers: BareAnswers): Promise<Running<{ readonly url: string }>> {
  return serve(start(['bench/cloud/bare.ts', JSON.stringify(answers)]));
}

/** What is asked of a cloud: a POST where there is a body, a GET otherwise. */
export function ask(address: string, token: string, body?: string): LoadRequest {
  const authorization = `Bearer ${token}`;
  if (body === undefined) return { url: address, headers: { authorization } };
  return {
    url: address,
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body,
  };
}

/** What an answer was, for the bare server to repeat. */
export async function record({ url, method = 'GET', headers = {}, body }: LoadRequest) {
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
  const {
    connection: _,
    'keep-alive': _keepAlive,
    date: _date,
    ...kept
  } = Object.fromEntries(response.headers);
  return { headers: kept, body: Buffer.from(await response.arrayBuffer()).toString('base64') };
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

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What is asked over and over. */
export interface LoadRequest {
  readonly url: string;
  /** @default 'GET' */
  readonly method?: 'GET' | 'POST';
  /** Besides those that say where it goes and how long it is. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default none */
  readonly body?: string | undefined;
  /** Of every answer. @default 200 */
  readonly status?: number | undefined;
}

/** What came of a load. */
export type Load = {
  readonly requestsPerSecond: number;
  /** In the middle, in milliseconds. */
  readonly p50: number;
  /** What 99 of 100 requests do not exceed, in milliseconds. */
  readonly p99: number;
  /** Of one core, that the generator took; near 1 it is the generator that was measured. */
  readonly cpuShare: number;
};

/** What the generator is given, as JSON. */
export interface Asked {
  readonly request: LoadRequest;
  readonly connections: number;
  readonly seconds: number;
  /** Before. */
  readonly warmUpSeconds: number;
}

/** What the generator prints, as JSON. */
export interface Generated extends Omit<Load, 'p50' | 'p99'> {
  /** Null without any answer, as `p99`. */
  readonly p50: number | null;
  readonly p99: number | null;
  /** How many answers had another status. */
  readonly wrong: number;
}

/**
 * Asks over so many connections for a while.
 *
 * @param asked what, or the address of a page
 * @param warmUpSeconds before, of which nothing counts but wrong answers. @default 0
 * @throws Error when an answer had another status, or there was none
 */
export async function load(
  asked: string | LoadRequest,
  connections: number,
  seconds: number,
  warmUpSeconds = 0,
): Promise<Load> {
  const request: LoadRequest = typeof asked === 'string' ? { url: asked } : asked;
  const { url, status = 200 } = request;
  const options: Asked = { request, connections, seconds, warmUpSeconds };
  const generator = path.join(import.meta.dirname, 'generator.ts');
  const { stdout } = await run(process.execPath, [generator, JSON.stringify(options)]);
  const { wrong, p50, p99, ...result } = JSON.parse(stdout) as Generated;
  if (wrong > 0) throw new Error(`${wrong} of the answers of ${url} were not ${status}.`);
  if (p50 === null || p99 === null) throw new Error(`${url} answered nothing.`);
  return { p50, p99, ...result };
}

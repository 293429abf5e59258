import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

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

/** Asks for a page over so many connections for a while. @throws Error when an answer was not 200 */
export async function load(url: string, connections: number, seconds: number): Promise<Load> {
  const generator = path.join(import.meta.dirname, 'generator.ts');
  const { stdout } = await run(process.execPath, [generator, url, String(connections), String(seconds)]);
  const { wrong, ...result } = JSON.parse(stdout) as Load & { readonly wrong: number };
  if (wrong > 0) throw new Error(`${wrong} of the answers of ${url} were not 200.`);
  return result;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../emulator/run/free-port.ts';

/** A program that serves a page at `/` on PORT. */
export interface Server {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** All of its environment but PORT. */
  readonly environment: Readonly<Record<string, string>>;
  /** What its page shows once it has what it needs, such as a value of the config. */
  readonly shows: string;
}

/** A server that has shown its page. */
export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to the end of the first right page, in milliseconds. */
  readonly startMilliseconds: number;
  /** Ends it and all that it started. */
  stop(): Promise<void>;
}

const PATIENCE_MILLISECONDS = 60_000;

/** Starts a server and asks for its page every millisecond until it is right. @throws Error when it never is */
export async function startServer({ command, environment, shows }: Server): Promise<RunningServer> {
  const port = await freePort();
  const [program = '', ...args] = command;
  const begin = performance.now();
  const child = spawn(program, args, {
    env: { ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what it starts ends with it.
    detached: process.platform !== 'win32',
  });
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => written.push(String(chunk)));
  const killAtExit = () => kill(child);
  process.once('exit', killAtExit);
  const url = `http://127.0.0.1:${port}/`;
  const stop = async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'close') : undefined;
    kill(child);
    await ended;
    process.off('exit', killAtExit);
  };
  for (;;) {
    const body = await page(url);
    const startMilliseconds = performance.now() - begin;
    if (body?.includes(shows)) return { url, pid: child.pid ?? 0, startMilliseconds, stop };
    if (child.exitCode !== null || startMilliseconds > PATIENCE_MILLISECONDS) {
      await stop();
      throw new Error(`${command.join(' ')} never showed the page:\n${written.join('')}`);
    }
    await delay(1);
  }
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined || process.platform === 'win32') {
    child.kill('SIGKILL');
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** The page with status 200, or undefined. */
function page(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(response.statusCode === 200 ? body : undefined));
      response.on('error', () => resolve(undefined));
    }).on('error', () => resolve(undefined));
  });
}

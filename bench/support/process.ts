import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** The project's folder. */
export const ROOT = resolve(import.meta.dirname, '..', '..');

/** Starts a script of the project with this Node and nothing of this process's environment but the path. */
export function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, CHECKPOINT_DISABLE: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Waits until what the process writes matches. @throws Error with what it wrote, when it ends before */
export async function output(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let written = '';
  return new Promise((found, reject) => {
    const read = (chunk: Buffer) => {
      written += chunk;
      const match = pattern.exec(written);
      if (match) found(match);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('close', (code) => reject(new Error(`ended with ${code} before ${pattern}:\n${written}`)));
  });
}

/** How long the process runs until it ends by itself, in milliseconds. @throws Error when it fails */
export async function duration(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<number> {
  const begin = performance.now();
  const child = start(args, environment);
  child.stdout?.resume();
  child.stderr?.resume();
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return performance.now() - begin;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ROOT } from '../support/process.ts';

/** The whole, and what it is made of. */
export const WHOLE = 'npm start to the first page';

/** npm, when that runs this measurement (`npm run bench`) and can be stopped together with what it runs. */
export const npm = process.platform === 'win32' ? undefined : process.env.npm_execpath;

/** `npm start` in a process group of its own, or else its script alone. */
function start(): ChildProcess {
  return spawn(process.execPath, startCommand(), {
    cwd: ROOT,
    detached: npm !== undefined,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** As Ctrl-C does, which reaches the whole process group. */
async function stop(child: ChildProcess): Promise<void> {
  process.kill(npm ? -(child.pid as number) : (child.pid as number), 'SIGINT');
  child.stdout?.resume();
  await once(child, 'close');
}

function startCommand(): readonly string[] {
  if (npm) return [npm, 'start'];
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.split(' ').slice(1);
}

/**
 * One `npm start`, stopped by Ctrl-C once its page has been read.
 *
 * @returns milliseconds: the whole, and each step by its title
 * @throws Error with what it printed, when it does not start
 */
export async function runStart(): Promise<Readonly<Record<string, number>>> {
  const begin = performance.now();
  const child = start();
  const steps: Record<string, number> = {};
  let printed = '';
  let stepBegan: number | undefined;
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    const now = performance.now();
    printed += `${line}\n`;
    if (line.startsWith('❯ ')) {
      if (stepBegan === undefined) steps['npm, Node, the command line'] = now - begin;
      stepBegan = now;
    }
    const [, title] = /^✔ (.+?)(?: \[[\d.]+s\])?\s*$/.exec(line) ?? [];
    if (title && stepBegan !== undefined) steps[title] = now - stepBegan;
    const [, url] = /^Ready in [\d.]+ s: (http:\S+)/.exec(line) ?? [];
    if (url) {
      const { status } = await fetch(url);
      if (status !== 200) throw new Error(`${url} answered ${status}`);
      steps['The first page'] = performance.now() - now;
      const whole = performance.now() - begin;
      await stop(child);
      return { [WHOLE]: whole, ...steps };
    }
  }
  throw new Error(`npm start did not get ready:\n${printed}`);
}

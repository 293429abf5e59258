import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Checkout } from './checkout.ts';
import type { Running } from './run.ts';

/** The address that a running `start` prints, once all that it prints is there. */
export async function urlOf(command: Pick<Running, 'output'>): Promise<string> {
  const [, url = ''] = await command.output(/Ready in [\d.]+ s: (http:\/\/127\.0\.0\.1:\d+)\n/);
  await command.output(/Ctrl-C stops everything/);
  return url;
}

/** What a page says, without its markup. */
export async function textOf(url: string): Promise<string> {
  return (await (await fetch(url)).text()).replaceAll(/<[^>]*>/g, '');
}

/** What `start` has not cleaned up: processes that run a program of the checkout (seen on Linux only), and folders. */
export function leftovers({ directory }: Checkout): { processes: string[]; folders: string[] } {
  const local = path.join(directory, '.local');
  return { processes: processesOf(directory), folders: existsSync(local) ? readdirSync(local) : [] };
}

function processesOf(directory: string): string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory);
    } catch {
      return false;
    }
  });
}

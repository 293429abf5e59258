import { type Command, InvalidArgumentError } from 'commander';
import { CommandError } from '../errors.ts';
import { type Io, print, printError } from '../io.ts';
import { NotServedError } from '../secret/not-served.ts';
import { commandOn } from '../secret/open.ts';
import type { WaitFor, WaitOptions } from '../secret/served.ts';
import type { WrittenSecret } from './print-written.ts';

/** What is asked for after a write. */
export interface AfterWriteOptions {
  readonly reason?: string;
  /** True without a word behind it. */
  readonly wait?: WaitFor | true;
  readonly timeLimit?: number;
  readonly orRollback?: boolean;
  readonly url?: string;
  readonly json?: boolean;
}

const MAX_REASON_CHARACTERS = 500;

/** Adds the options of what writes a secret: why, and whether to wait until every instance has it. */
export function addAfterWriteOptions(command: Command): Command {
  return command
    .option('--reason <text>', 'why: history shows it', reasonOf)
    .option(
      '--wait [how]',
      'until no instance serves the old secret: by reload (default), by a new revision, or a number of seconds',
      waitOf,
    )
    .option('--time-limit <seconds>', 'for how long to wait at most', secondsOf)
    .option('--or-rollback', 'take it back when that takes longer')
    .option('--url <url>', 'where the service answers, such as the address of gcloud run services proxy');
}

/** How to wait, by these options. */
export function waitingOf({ wait = true, timeLimit, url }: AfterWriteOptions): WaitOptions {
  return { by: wait === true ? 'reload' : wait, limitSeconds: timeLimit, url };
}

/**
 * Waits until no instance serves what was replaced, when asked to; else says when it will be so, where the settings say it.
 *
 * @throws NotServedError when it takes too long; CommandError, SecretError
 */
export async function afterWrite(
  io: Io,
  options: AfterWriteOptions,
  written: WrittenSecret | undefined,
): Promise<void> {
  if (!written) return;
  const { secret, generation, replaced } = written;
  const { reloadSeconds, waitUntilServed } = await import('../secret/served.ts');
  if (options.wait === undefined) {
    const { declared } = secret;
    if (!declared || options.json) return;
    const seconds = reloadSeconds(declared.reloadSeconds, declared.maxStaleSeconds);
    print(
      io,
      `Every instance has it in ${seconds} s at the latest, while Google answers; --wait waits for that.`,
    );
    return;
  }
  let said = '';
  const report = (text: string) => {
    const line = text.replace(/\d+ s$/, '');
    if (line !== said) printError(io, text);
    said = line;
  };
  try {
    await waitUntilServed(secret, generation, { ...waitingOf(options), report });
    if (!options.json) print(io, `No instance serves generation ${replaced} any more.`);
  } catch (error) {
    if (!(error instanceof NotServedError) || !options.orRollback) throw error;
    if (replaced === '0') throw error;
    const { runRollback } = await import('./run-rollback.ts');
    const { reason = 'it was not served in time', ...target } = secret.target;
    await runRollback(io, { ...target, reason, to: replaced, json: options.json });
    throw new CommandError(`${error.message} It was taken back; ${commandOn(secret, 'history')}`, {
      cause: error,
    });
  }
}

function reasonOf(text: string): string {
  if ([...text].length <= MAX_REASON_CHARACTERS) return text;
  throw new InvalidArgumentError(`It has more than ${MAX_REASON_CHARACTERS} characters.`);
}

function waitOf(text: string): WaitFor {
  return text === 'reload' || text === 'revision' ? text : secondsOf(text);
}

function secondsOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be reload, revision or a number of seconds.');
}

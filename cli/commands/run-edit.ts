import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  ConflictError,
  configKeys,
  InvalidConfigError,
  noGeneration,
  parseConfig,
} from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { openEditor } from '../input/editor.ts';
import { withPrivateDirectory } from '../input/private-directory.ts';
import type { Io } from '../io.ts';
import { type LiveConfig, readLive } from '../secret/modify.ts';
import { type OpenSecret, openSecret, type Target } from '../secret/open.ts';
import { formatValues } from '../secret/values.ts';
import { writeConfig } from '../secret/write.ts';
import { printUnchanged, printWritten } from './print-written.ts';

/** Arguments of `cloud-run-identity edit`. */
export interface RunEditOptions extends Target {
  readonly json?: boolean | undefined;
}

/**
 * The command `edit`: opens the live config in an editor and writes what comes back, if it is another one and valid;
 * an invalid one comes up again with its problems as comments. So does one that somebody else was faster than, on a
 * terminal, where a person can decide. Until then the plaintext is in a file that only its owner can read.
 *
 * @throws CommandError, SecretError; ConflictError when somebody else wrote meanwhile, and nobody said to write over it
 */
export async function runEdit(io: Io, { json, ...target }: RunEditOptions): Promise<void> {
  const signal = io.stopSignal();
  const secret = await openSecret(io, target);
  const written = await withPrivateDirectory(io, (directory) =>
    editAndWrite(io, secret, path.join(directory, 'config.json'), signal),
  );
  if (written === undefined) return printUnchanged(io, 'The config is unchanged: nothing was written.', json);
  printWritten(io, secret.reference, written, json);
}

/** @returns what was written in place of which generation; undefined when nothing was changed */
async function editAndWrite(io: Io, secret: OpenSecret, file: string, signal: AbortSignal) {
  let live = await readLive(secret);
  const before = textOf(live);
  let shown = before;
  for (let lost: ConflictError | undefined; ; ) {
    const after = await edited(io, { file, before, shown, lost, signal });
    if (after === undefined) return undefined;
    if (signal.aborted) throw new CommandError('Stopped: nothing was changed.', { exitCode: 130 });
    const { generation, format } = live;
    try {
      const written = await writeConfig(secret, Buffer.from(after), generation, { format });
      return { ...written, replaced: generation };
    } catch (error) {
      if (!(error instanceof ConflictError) || !io.stdin.isTTY) throw error;
      lost = error;
      live = await readLive(secret);
      shown = withComments(after, [
        ...error.message.split('\n'),
        'What you wrote is below. Save it with a change, such as without this line, to write it over that;',
        'history keeps both. Or close the file without a change to give up.',
      ]);
    }
  }
}

/** The config to start with; where there is none yet, its keys without values. */
function textOf({ generation, plaintext }: LiveConfig): string {
  if (generation !== noGeneration) return Buffer.from(plaintext).toString();
  return formatValues(Object.fromEntries(configKeys.map((key) => [key, '']))).toString();
}

/** One round with the editor. */
interface Round {
  readonly file: string;
  /** The config as it was read. */
  readonly before: string;
  /** What the editor shows first. */
  readonly shown: string;
  /** Why it is shown again, if it was valid before. */
  readonly lost: ConflictError | undefined;
  readonly signal: AbortSignal;
}

/** What the user made of the text: valid, or undefined for no change. */
async function edited(io: Io, { file, before, lost, signal, ...first }: Round): Promise<string | undefined> {
  for (let { shown } = first; ; ) {
    await writeFile(file, shown, { mode: 0o600 });
    await openEditor(io, file, signal);
    const written = await readFile(file, 'utf8');
    if (lost && written === shown) throw lost;
    const after = withoutComments(written);
    if (isSame(after, before)) return undefined;
    if (after.trim() === '') throw new CommandError('The file came back empty: nothing was changed.');
    const problems = await problemsOf(after);
    if (problems.length === 0) return after;
    const list = problems.map((problem) => `- ${problem}`);
    if (written === shown) {
      throw new CommandError(
        `The config came back as it was, which is not valid:\n  ${list.join('\n  ')}\nNothing was changed.`,
      );
    }
    const advice = 'Correct it; or close the file without a change to give up.';
    shown = withComments(after, ['The config is not valid:', ...list, advice]);
  }
}

/** Whether two texts are the same config, however they are laid out. */
function isSame(one: string, other: string): boolean {
  if (one === other) return true;
  try {
    return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
  } catch {
    return false;
  }
}

async function problemsOf(text: string): Promise<readonly string[]> {
  try {
    await parseConfig(Buffer.from(text));
    return [];
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.problems;
    throw error;
  }
}

function withComments(text: string, lines: readonly string[]): string {
  return lines.map((line) => `# ${line}\n`).join('') + text;
}

/** JSON has no comments: those above it are ours. */
function withoutComments(text: string): string {
  return text.replace(/^(?:#.*\r?\n)+/, '');
}

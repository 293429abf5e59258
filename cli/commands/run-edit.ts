import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ConflictError, InvalidSecretError, noGeneration } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { openEditor } from '../input/editor.ts';
import { withPrivateDirectory } from '../input/private-directory.ts';
import { decodeText } from '../input/text.ts';
import type { Io } from '../io.ts';
import { describePlaintext } from '../secret/described.ts';
import { commandOn, FIRST_SECRET, type OpenSecret, openSecret } from '../secret/open.ts';
import { readSchema } from '../secret/schema.ts';
import { checkSecret } from '../secret/shape.ts';
import { type LiveSecret, readLive } from '../secret/stored.ts';
import type { Target } from '../secret/target.ts';
import { formatValues } from '../secret/values.ts';
import { type Written, writeSecret } from '../secret/write.ts';
import { printUnchanged, printWritten, type WrittenSecret } from './print-written.ts';

/** Arguments of `cloud-run-identity edit`. */
export interface RunEditOptions extends Target {
  readonly json?: boolean | undefined;
}

/**
 * The command `edit`: opens the live secret in an editor and writes what comes back, if it is another one and valid;
 * an invalid one comes up again with its problems as comments. So does one that somebody else was faster than, on a
 * terminal, where a person can decide. Until then the plaintext is in a file that only its owner can read.
 *
 * @throws CommandError, SecretError; ConflictError when somebody else wrote meanwhile, and nobody said to write over it
 */
export async function runEdit(
  io: Io,
  { json, ...target }: RunEditOptions,
): Promise<WrittenSecret | undefined> {
  const signal = io.stopSignal();
  const secret = await openSecret(io, target);
  if (secret.format === 'bytes') {
    throw new CommandError(
      `The secret ${secret.name} is bytes, which no editor takes: ${commandOn(secret, 'put', 'FILE')}`,
    );
  }
  const result = await withPrivateDirectory(io, (directory) => {
    const file = path.join(directory, secret.format === 'json' ? `${secret.name}.json` : secret.name);
    return editAndWrite(secret, file, signal);
  });
  if (result === undefined)
    return printUnchanged(io, `The ${secret.name} is unchanged: nothing was written.`, json);
  return printWritten(secret, result.written, secret.name, describePlaintext(secret, result.plaintext), json);
}

/** @returns what was written; undefined when nothing was changed */
async function editAndWrite(
  secret: OpenSecret,
  file: string,
  signal: AbortSignal,
): Promise<{ written: Written; plaintext: Buffer } | undefined> {
  let live = await readLive(secret);
  const before = await textOf(secret, live);
  let shown = before;
  let comments: readonly string[] = [];
  for (let lost: ConflictError | undefined; ; ) {
    const after = await edited(secret, { file, before, shown, comments, lost, signal });
    if (after === undefined) return undefined;
    if (signal.aborted) throw new CommandError('Stopped: nothing was changed.', { exitCode: 130 });
    const { generation, format } = live;
    const plaintext = Buffer.from(after);
    try {
      return {
        written: await writeSecret(secret, plaintext, generation, { format, before: live }),
        plaintext,
      };
    } catch (error) {
      if (!(error instanceof ConflictError) || !secret.io.stdin.isTTY) throw error;
      lost = error;
      live = await readLive(secret);
      comments = commentsOf([
        ...error.message.split('\n'),
        'What you wrote is below. Save it with a change, such as without this line, to write it over that;',
        'history keeps both. Or close the file without a change to give up.',
      ]);
      shown = comments.join('') + after;
    }
  }
}

/** The secret to start with; where there is no config yet, its keys without values. */
async function textOf(
  { io, name, format }: OpenSecret,
  { generation, plaintext }: LiveSecret,
): Promise<string> {
  if (generation !== noGeneration || format !== 'json') return Buffer.from(plaintext).toString();
  const { properties = {} } = (name === FIRST_SECRET && (await readSchema(io))) || {};
  return formatValues(
    Object.fromEntries(Object.keys(properties as object).map((key) => [key, ''])),
  ).toString();
}

/** One round with the editor. */
interface Round {
  readonly file: string;
  /** The config as it was read. */
  readonly before: string;
  /** What the editor shows first. */
  readonly shown: string;
  /** The lines above it that are not part of it. */
  readonly comments: readonly string[];
  /** Why it is shown again, if it was valid before. */
  readonly lost: ConflictError | undefined;
  readonly signal: AbortSignal;
}

/** What the user made of the text: valid, or undefined for no change. */
async function edited(
  secret: OpenSecret,
  { file, before, lost, signal, ...first }: Round,
): Promise<string | undefined> {
  for (let { shown, comments } = first; ; ) {
    await writeFile(file, shown, { mode: 0o600 });
    await openEditor(secret.io, file, signal);
    const written = decodeText(await readFile(file), 'What the editor saved');
    if (lost && written === shown) throw lost;
    const after = withoutComments(secret, written, comments);
    if (isSame(after, before)) return undefined;
    if (after.trim() === '') throw new CommandError('The file came back empty: nothing was changed.');
    const problems = await problemsOf(secret, after);
    if (problems.length === 0) return after;
    const list = problems.map((problem) => `- ${problem}`);
    if (written === shown) {
      throw new CommandError(
        `The config came back as it was, which is not valid:\n  ${list.join('\n  ')}\nNothing was changed.`,
      );
    }
    const advice = 'Correct it; or close the file without a change to give up.';
    comments = commentsOf(['The config is not valid:', ...list, advice]);
    shown = comments.join('') + after;
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

async function problemsOf(secret: OpenSecret, text: string): Promise<readonly string[]> {
  try {
    await checkSecret(secret, Buffer.from(text));
    return [];
  } catch (error) {
    if (error instanceof InvalidSecretError) return error.problems;
    if (error instanceof CommandError) return [error.message];
    throw error;
  }
}

function commentsOf(lines: readonly string[]): string[] {
  return lines.map((line) => `# ${line}\n`);
}

/** JSON has no comments: those above it are ours. A text may begin with some. */
function withoutComments({ format }: OpenSecret, text: string, comments: readonly string[]): string {
  if (format === 'json') return text.replace(/^(?:#.*\r?\n)+/, '');
  const ours = new Set(comments.map((line) => line.trim()));
  const lines = text.split(/(?<=\n)/);
  const first = lines.findIndex((line) => !ours.has(line.trim()));
  return lines.slice(first < 0 ? lines.length : first).join('');
}

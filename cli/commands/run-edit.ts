import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configKeys, parseConfig } from '../../secrets/config.ts';
import { InvalidConfigError } from '../../secrets/errors.ts';
import { noGeneration } from '../../secrets/object-write.ts';
import { CommandError } from '../errors.ts';
import { openEditor } from '../input/editor.ts';
import { withPrivateDirectory } from '../input/private-directory.ts';
import { type LiveConfig, readLive } from '../secret/modify.ts';
import { openSecret, type Target } from '../secret/open.ts';
import { formatValues } from '../secret/values.ts';
import { writeConfig } from '../secret/write.ts';
import { printWritten } from './print-written.ts';
import { printUnchanged } from './run-set.ts';
import { stopOnSignals } from './stop-signals.ts';

/** Arguments of `cloud-run-identity edit`. */
export interface RunEditOptions extends Target {
  readonly json?: boolean | undefined;
}

/**
 * The command `edit`: opens the live config in an editor and writes what comes back, if it is another one and valid;
 * an invalid one comes up again with its problems as comments. Until then the plaintext is in a file that only its
 * owner can read.
 *
 * @throws CommandError, SecretError; ConflictError when somebody else wrote meanwhile
 */
export async function runEdit({ json, ...target }: RunEditOptions): Promise<void> {
  const signal = stopOnSignals();
  const secret = await openSecret(target);
  const live = await readLive(secret);
  const before = textOf(live);
  const after = await withPrivateDirectory((directory) => edited(directory, before, signal));
  if (after === undefined) return printUnchanged('The config is unchanged: nothing was written.', json);
  if (signal.aborted) throw new CommandError('Stopped: nothing was changed.', { exitCode: 130 });
  const { generation, format } = live;
  const written = await writeConfig(secret, Buffer.from(after), generation, { format });
  printWritten(secret.reference, { ...written, replaced: generation }, json);
}

/** The config to start with; where there is none yet, its keys without values. */
function textOf({ generation, plaintext }: LiveConfig): string {
  if (generation !== noGeneration) return Buffer.from(plaintext).toString();
  return formatValues(Object.fromEntries(configKeys.map((key) => [key, '']))).toString();
}

/** What the user made of the text: valid, or undefined for no change. */
async function edited(directory: string, before: string, signal: AbortSignal): Promise<string | undefined> {
  const file = path.join(directory, 'config.json');
  for (let shown = before; ; ) {
    await writeFile(file, shown, { mode: 0o600 });
    await openEditor(file, signal);
    const written = await readFile(file, 'utf8');
    const after = withoutComments(written);
    if (isSame(after, before)) return undefined;
    if (after.trim() === '') throw new CommandError('The file came back empty: nothing was changed.');
    const problems = problemsOf(after);
    if (problems.length === 0) return after;
    if (written === shown) {
      const list = problems.map((problem) => `  - ${problem}\n`).join('');
      throw new CommandError(
        `The config came back as it was, which is not valid:\n${list}Nothing was changed.`,
      );
    }
    shown = withComments(after, problems);
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

function problemsOf(text: string): readonly string[] {
  try {
    parseConfig(Buffer.from(text));
    return [];
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.problems;
    throw error;
  }
}

function withComments(text: string, problems: readonly string[]): string {
  const lines = ['The config is not valid:', ...problems.map((problem) => `- ${problem}`)];
  lines.push('Correct it; or close the file without a change to give up.');
  return lines.map((line) => `# ${line}\n`).join('') + text;
}

/** JSON has no comments: those above it are ours. */
function withoutComments(text: string): string {
  return text.replace(/^(?:#.*\r?\n)+/, '');
}

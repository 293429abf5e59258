import { buffer } from 'node:stream/consumers';
import { CommandError } from '../errors.ts';
import type { Io } from '../io.ts';
import { askSecret } from './prompt.ts';
import { decodeText, type Encoding, textProblem } from './text.ts';

/**
 * A secret value: what standard input has up to its end, less one line break there; on a terminal, what is typed up to
 * Enter, which is not shown.
 *
 * @param name what is asked for
 * @param command the command that takes it from a file, less the file
 * @throws CommandError when nothing came, what came is no text, or Ctrl-C was typed
 */
export async function readSecretValue(
  io: Io,
  name: string,
  command: string,
  encoding?: Encoding,
): Promise<string> {
  const value = io.stdin.isTTY
    ? await askSecret(
        io,
        `New value of ${name} (it is not shown):`,
        () =>
          `What was pasted has several lines, of which none was taken. Put it into a file, and run ${command} < FILE`,
      )
    : decodeText(await buffer(io.stdin), 'Standard input', encoding).replace(/\r?\n$/, '');
  if (value === '') {
    throw new CommandError(`No value for ${name} came: type it at the prompt, or run ${command} < FILE`);
  }
  const problem = textProblem(value);
  if (problem !== undefined) throw new CommandError(`The value of ${name} ${problem}.`);
  return value;
}

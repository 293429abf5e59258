import { text } from 'node:stream/consumers';
import { CommandError } from '../errors.ts';
import type { Io } from '../io.ts';

/**
 * A secret value: what standard input has up to its end, less one line break there; on a terminal, what is typed up to
 * Enter, which is not shown.
 *
 * @param name what is asked for
 * @throws CommandError when nothing came, or Ctrl-C was typed
 */
export async function readSecretValue(io: Io, name: string): Promise<string> {
  const { stdin } = io;
  const value = stdin.isTTY ? await promptWithoutEcho(io, name) : (await text(stdin)).replace(/\r?\n$/, '');
  if (value !== '') return value;
  throw new CommandError(
    `No value for ${name} came: type it at the prompt, or pipe it in, such as cloud-run-identity set ${name} < file.`,
  );
}

async function promptWithoutEcho(io: Io, name: string): Promise<string> {
  const { password } = await import('@inquirer/prompts');
  const context = { input: io.stdin, output: io.stderr };
  try {
    return await password({ message: `New value of ${name} (it is not shown):` }, context);
  } catch (error) {
    if ((error as Error).name === 'ExitPromptError') throw new CommandError('Nothing was changed.');
    throw error;
  }
}

import { once } from 'node:events';
import { CommandError } from '../errors.ts';
import { type Io, spawnWith } from '../io.ts';

/**
 * Opens a file in the user's editor and waits until it is closed: $VISUAL, $EDITOR, otherwise vi or, on Windows,
 * Notepad. The variable may have arguments after the program, separated by spaces, as in `code --wait`.
 *
 * @param signal ends the editor
 * @throws CommandError when the editor cannot be run, or ends with an exit code that says that it failed
 */
export async function openEditor(io: Io, file: string, signal: AbortSignal): Promise<void> {
  const { VISUAL, EDITOR } = io.environment;
  const command = VISUAL || EDITOR || (process.platform === 'win32' ? 'notepad' : 'vi');
  const [program = '', ...args] = command.trim().split(/\s+/);
  const editor = spawnWith(io, program, [...args, file], { signal });
  const [code, killedBy] = (await once(editor, 'exit').catch((error: NodeJS.ErrnoException) => {
    if (signal.aborted) throw new CommandError('Stopped: nothing was changed.', { exitCode: 130 });
    throw new CommandError(
      `The editor ${program} cannot be run (${error.code}): set EDITOR to one that can, such as EDITOR=nano.`,
      { cause: error },
    );
  })) as [number | null, NodeJS.Signals | null];
  if (code === 0) return;
  throw new CommandError(
    `The editor ${program} ended with ${killedBy ?? `exit code ${code}`}: nothing was changed.`,
  );
}

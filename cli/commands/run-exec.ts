import { once } from 'node:events';
import os from 'node:os';
import { parseConfig } from '@cloud-run-identity/secrets';
import { CommandError, ExitError } from '../errors.ts';
import { type Io, spawnWith } from '../io.ts';
import { openSecretToRead, type Target } from '../secret/open.ts';
import { readStored } from '../secret/stored.ts';

/** Arguments of `cloud-run-identity exec`. */
export interface RunExecOptions extends Target {
  /** Program and arguments; no shell takes them apart. */
  readonly command: readonly string[];
  /** @default the live one */
  readonly generation?: string | undefined;
}

/** As shells have it: not found, and found but not to be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/**
 * The command `exec`: runs a program with the config in its environment, and nowhere else. Signals are passed on to
 * it, and its exit code is this command's; for a signal 128 and its number, as shells have it.
 *
 * @throws ExitError with the program's exit code; CommandError, SecretError when it was not started
 */
export async function runExec(io: Io, { command, generation, ...target }: RunExecOptions): Promise<void> {
  const [program = '', ...args] = command;
  const { plaintext } = await readStored(await openSecretToRead(io, target), generation);
  const child = spawnWith(io, program, args, {
    env: { ...io.environment, ...(await parseConfig(plaintext)) },
  });
  io.onSignal((signal) => {
    // A terminal's Ctrl-C has reached the program already, as it is of the same process group.
    const isFromTerminal = io.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
    if (!isFromTerminal) child.kill(signal);
  });
  const [code, signal] = (await once(child, 'exit').catch((error: NodeJS.ErrnoException) => {
    throw notStarted(program, error);
  })) as [number | null, NodeJS.Signals | null];
  const exitCode = code ?? 128 + (signal ? os.constants.signals[signal] : 0);
  if (exitCode !== 0) throw new ExitError(exitCode);
}

function notStarted(program: string, error: NodeJS.ErrnoException): CommandError {
  const isMissing = error.code === 'ENOENT';
  const problem = isMissing ? 'was not found: name a program on the PATH' : `cannot be run (${error.code})`;
  return new CommandError(`${program} ${problem}.`, {
    cause: error,
    exitCode: isMissing ? NOT_FOUND : NOT_EXECUTABLE,
  });
}

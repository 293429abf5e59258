import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CommandError } from '../../errors.ts';

const run = promisify(execFile);

/** Runs the Docker command line and gives what it printed. @throws Error with what it said when it fails */
export async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', args, { maxBuffer: 64 * 1024 * 1024, windowsHide: true });
  return stdout.trim();
}

/** Why no Docker engine can be used, or undefined when one answers. */
export async function engineProblem(): Promise<string | undefined> {
  try {
    await docker('version', '--format', '{{.Server.Version}}');
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    return code === 'ENOENT' ? 'the command docker is not installed' : (stderr?.trim() ?? String(error));
  }
}

/**
 * Makes sure that a Docker engine answers.
 *
 * @param otherwise what to do without one, as the end of a sentence
 * @throws CommandError
 */
export async function requireEngine(otherwise: string): Promise<void> {
  const problem = await engineProblem();
  if (problem === undefined) return;
  throw new CommandError(`No Docker engine answers: ${problem}. Fix: start one, or ${otherwise}.`);
}

/** Whether the engine has an image of that reference. */
export async function hasImage(reference: string): Promise<boolean> {
  return docker('image', 'inspect', reference).then(
    () => true,
    () => false,
  );
}

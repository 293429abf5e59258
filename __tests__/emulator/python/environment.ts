import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the tests of Google's Python libraries install. */
export const REQUIREMENTS = path.join(import.meta.dirname, 'requirements.txt');

/**
 * Runs a script of this folder with an environment of its own: nothing of this process's but what finds programs.
 * @returns what it wrote, and its exit code
 */
export async function runPython(
  python: string,
  script: string,
  args: readonly string[],
  env: Record<string, string>,
) {
  const { PATH = '', SystemRoot } = process.env;
  const own = { PATH, ...(SystemRoot && { SystemRoot }), PYTHONDONTWRITEBYTECODE: '1', ...env };
  const file = path.join(import.meta.dirname, script);
  try {
    const { stdout, stderr } = await run(python, [file, ...args], { env: own });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

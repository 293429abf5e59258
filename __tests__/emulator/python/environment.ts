import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const REQUIREMENTS = path.join(import.meta.dirname, 'requirements.txt');
const CACHE = path.join(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache');
/** What is needed to make a virtual environment, and the oldest Python that the libraries run on. */
const CHECK = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 1)';

/** Google's Python libraries, or why there are none. */
export type PythonEnvironment = { readonly python: string } | { readonly missing: string };

/**
 * A Python with the libraries of requirements.txt: a virtual environment in node_modules/.cache, made once for each
 * state of that file.
 */
export async function pythonEnvironment(): Promise<PythonEnvironment> {
  const system = await systemPython();
  if (system === undefined) return { missing: 'no Python 3.10 or later with venv and pip on the PATH' };
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 16);
  const folder = path.join(CACHE, `python-clients-${hash}`);
  const python = path.join(
    folder,
    ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
  );
  const complete = path.join(folder, 'complete');
  if (existsSync(complete)) return { python };
  try {
    // What an interrupted run left behind.
    rmSync(folder, { recursive: true, force: true });
    await run(system, ['-m', 'venv', folder]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', REQUIREMENTS]);
    writeFileSync(complete, '');
    return { python };
  } catch (error) {
    return {
      missing: `pip could not install requirements.txt: ${(error as Error).message.split('\n').at(-2)}`,
    };
  }
}

async function systemPython(): Promise<string | undefined> {
  for (const name of ['python3', 'python']) {
    const works = await run(name, ['-c', CHECK]).then(
      () => true,
      () => false,
    );
    if (works) return name;
  }
  return undefined;
}

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

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = path.join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
/** What is needed to make a virtual environment, and the oldest Python that Google's libraries run on. */
const CHECK = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 1)';

/** A Python with libraries, or why there is none. */
export type PythonEnvironment = { readonly python: string } | { readonly missing: string };

/**
 * A Python with the libraries of a requirements file: a virtual environment in node_modules/.cache, made once for each
 * state of that file.
 *
 * @param requirements path of the file
 */
export async function pythonEnvironment(requirements: string): Promise<PythonEnvironment> {
  const system = await systemPython();
  if (system === undefined) return { missing: 'no Python 3.10 or later with venv and pip on the PATH' };
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
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
    await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
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

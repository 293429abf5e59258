import { execFile, spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** All that a container wrote, to both of its outputs. */
export async function containerLog(name: string): Promise<string> {
  const { stdout, stderr } = await run('docker', ['logs', name], { maxBuffer: 64 * 1024 * 1024 });
  return stdout + stderr;
}

/** Makes an image of one layer from a folder's files, all owned by root. @param changes instructions of a Dockerfile */
export async function importFolder(
  directory: string,
  reference: string,
  changes: readonly string[],
): Promise<void> {
  const tar = spawn(
    'tar',
    ['--create', '--owner=0', '--group=0', '--numeric-owner', '--directory', directory, '.'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const changeOptions = changes.flatMap((change) => ['--change', change]);
  const load = spawn('docker', ['import', '--platform', 'linux/amd64', ...changeOptions, '-', reference], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const codes = [tar, load].map(
    (child) => new Promise<number | null>((resolve) => child.once('close', resolve)),
  );
  await pipeline(tar.stdout, load.stdin);
  const [tarCode, loadCode] = await Promise.all(codes);
  if (tarCode !== 0 || loadCode !== 0) throw new Error(`${reference} could not be imported.`);
}

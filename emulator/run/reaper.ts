import { type ChildProcess, spawn } from 'node:child_process';

/** Reads `+ID` and `-ID` until the pipe closes, which it does when whoever holds it is gone, and ends what is left. */
const SHELL = `
left=' '
while read -r line; do
  id="\${line#?}"
  case "$line" in
    +*) left="$left$id " ;;
    -*) left="\${left%% $id *} \${left#* $id }" ;;
  esac
done
for id in $left; do
  case "$id" in
    local-cloud-run-*) docker rm --force "$id" >/dev/null 2>&1 ;;
    *) kill -9 "$id" 2>/dev/null ;;
  esac
done`;

/** The same for Windows, which has no such shell. */
const SCRIPT = `
const left = new Set();
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  left[line[0] === '+' ? 'add' : 'delete'](line.slice(1));
}).on('close', () => {
  for (const id of left) {
    if (id.startsWith('local-cloud-run-')) require('node:child_process').spawnSync('docker', ['rm', '--force', id]);
    else try { process.kill(Number(id), 'SIGKILL'); } catch {}
  }
});`;

/**
 * Ends the processes of services when the process of the local cloud ends without having done so, even after
 * `kill -9`: a small process of its own waits for that. It is started with the first of them.
 */
export class Reaper {
  #process: ChildProcess | undefined;

  /**
   * Has a process, or a container, ended with this process.
   * @param id process id, or name of a container
   * @returns what says that it has ended by itself
   */
  watch(id: string): () => void {
    this.#tell(`+${id}`);
    return () => this.#tell(`-${id}`);
  }

  /** Nothing is left to be ended. */
  close(): void {
    this.#process?.stdin?.end();
    this.#process = undefined;
  }

  #tell(line: string): void {
    this.#process ??= start();
    this.#process.stdin?.write(`${line}\n`);
  }
}

function start(): ChildProcess {
  const [program, ...args] =
    process.platform === 'win32'
      ? ([process.execPath, '-e', SCRIPT] as const)
      : (['/bin/sh', '-c', SHELL] as const);
  // Detached, so that Ctrl-C in a terminal does not end it before its work is done.
  const child = spawn(program, args, {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    windowsHide: true,
  });
  child.unref();
  // It may be gone, or never have come: then there is nobody to tell, and the local cloud goes on.
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  return child;
}

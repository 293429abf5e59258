import { createRequire } from 'node:module';
import type { CommandLine } from '../secret/support.ts';

/** A terminal of the library that cdktf-cli brings, whose types are not those of a module. */
export interface Terminal {
  onData(listener: (data: string) => void): void;
  onExit(listener: (exit: { exitCode: number }) => void): void;
  write(text: string): void;
}

const { spawn } = createRequire(import.meta.url)('@cdktf/node-pty-prebuilt-multiarch') as {
  spawn(program: string, args: readonly string[], options: object): Terminal;
};

/** Starts a command on a terminal that is wide enough for every line. */
export function onTerminal({ args, cwd, env }: CommandLine): Terminal {
  return spawn(process.execPath, args, { cwd, env, cols: 200, rows: 50 });
}

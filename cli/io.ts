import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';
import { harmless } from './output/harmless.ts';

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where output goes. */
export type Output = Writable & { readonly isTTY?: boolean };

/** What a command has of the process that it runs in: everything that a test gives it instead. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Data that was asked for, and nothing else. */
  readonly stdout: Output;
  /** Errors, prompts and progress. */
  readonly stderr: Output;
  readonly environment: Environment;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /** From the first call on, what would end the process (Ctrl-C, a closed terminal, TERM) aborts this instead. */
  stopSignal(): AbortSignal;
  /** From now on, signals go to the listener and do not end the process. */
  onSignal(listener: (signal: NodeJS.Signals) => void): void;
  /**
   * Runs an action at the end of the process, however it ends but by KILL.
   * @returns takes it back
   */
  onExit(action: () => void): () => void;
}

/** Prints a line, in which nothing that came from elsewhere is obeyed by a terminal. */
export function print({ stdout }: Pick<Io, 'stdout'>, line: string): void {
  stdout.write(`${harmless(line)}\n`);
}

/** Prints a line for whoever looks on: an error, a warning. */
export function printError({ stderr }: Pick<Io, 'stderr'>, line: string): void {
  stderr.write(`${harmless(line)}\n`);
}

/** Prints what was asked for, byte by byte; on a terminal, made harmless, with a line break at its end. */
export async function printData({ stdout }: Pick<Io, 'stdout'>, data: Uint8Array): Promise<void> {
  const text = stdout.isTTY ? harmless(Buffer.from(data).toString()).replace(/\n?$/, '\n') : data;
  await new Promise<void>((resolve, reject) => {
    stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Prints data as JSON, for programs. */
export function printJson(io: Pick<Io, 'stdout'>, data: unknown): void {
  print(io, JSON.stringify(data, null, 2));
}

/** A text in colour, where standard output shows colours. */
export function paint(
  { stdout }: Pick<Io, 'stdout'>,
  ...[format, text]: Parameters<typeof styleText>
): string {
  return styleText(format, text, { stream: stdout });
}

/** The absolute path of a file that the user named. */
export function pathOf({ cwd }: Pick<Io, 'cwd'>, file: string): string {
  return path.resolve(cwd, file);
}

/** Starts a program that uses the command's own input and output, in its folder, with its environment. */
export function spawnWith(
  io: Io,
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'env' | 'signal'> = {},
): ChildProcess {
  const { stdin, stdout, stderr } = io;
  const child = spawn(program, args, {
    cwd: io.cwd,
    env: io.environment,
    ...options,
    stdio: [stdin, stdout, stderr].map((stream) => ('fd' in stream ? 'inherit' : 'pipe')),
  });
  if (child.stdin) {
    // A program that reads no input may have ended before it got any.
    stdin.pipe(child.stdin.on('error', () => {}));
  }
  child.stdout?.pipe(stdout, { end: false });
  child.stderr?.pipe(stderr, { end: false });
  return child;
}

import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type { Io } from '../../../cli/io.ts';
import { run } from '../../../cli/main.ts';

/** What a command came to. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what a command is run. */
export interface RunOptions {
  readonly cwd: string;
  readonly environment: Io['environment'];
  /** What its standard input has. @default nothing */
  readonly stdin?: string | Uint8Array;
}

/** A command that runs in this process. */
export interface Running {
  readonly ended: Promise<Outcome>;
  /** Sends it a signal. */
  signal(name: NodeJS.Signals): void;
  /** What has been written to standard output so far matches. @throws Error when it ends before */
  output(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts a command in this process, with input, output, signals and environment of its own. */
export function start(args: readonly string[], { cwd, environment, stdin = '' }: RunOptions): Running {
  const stdout = capture();
  const stderr = capture();
  const stop = new AbortController();
  const listeners: ((signal: NodeJS.Signals) => void)[] = [];
  const exits = new Set<() => void>();
  const io: Io = {
    stdin: new PassThrough().end(stdin),
    stdout: stdout.stream,
    stderr: stderr.stream,
    environment,
    cwd,
    stopSignal: () => stop.signal,
    onSignal: (listener) => listeners.push(listener),
    onExit: (action) => {
      exits.add(action);
      return () => exits.delete(action);
    },
  };
  const ended = run(args, io).then((code) => {
    for (const action of exits) action();
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  });
  return {
    ended,
    signal: (name) => {
      for (const listener of listeners) listener(name);
      if (listeners.length === 0) stop.abort();
    },
    output: outputOf(stdout.stream, ended),
  };
}

/** A way to wait until what a command has written to standard output matches; fails when it ends before. */
export function outputOf(stdout: Readable, ended: Promise<Outcome>): Running['output'] {
  let written = '';
  stdout.on('data', (chunk: Buffer) => {
    written += chunk;
  });
  return async (pattern) => {
    for (;;) {
      const match = pattern.exec(written);
      if (match) return match;
      const result = await Promise.race([once(stdout, 'data').then(() => undefined), ended]);
      if (result && !pattern.test(written)) {
        throw new Error(`ended with ${result.code} before ${pattern}:\n${result.stdout}\n${result.stderr}`);
      }
    }
  };
}

/** Runs a command in this process to its end. */
export function runCommand(args: readonly string[], options: RunOptions): Promise<Outcome> {
  return start(args, options).ended;
}

function capture() {
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  // A copy: what was decrypted is overwritten once it has been written.
  stream.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

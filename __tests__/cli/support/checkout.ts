import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { testCompileCache } from '../../support/compile-cache.ts';
import { projectDirectory, temporaryDirectory } from './project.ts';

/** What the command line needs of the project; node_modules is shared. */
const FILES = [
  'main.ts',
  'runtime.js',
  'settings',
  'constructs',
  'review',
  'service',
  'secrets',
  'cli',
  'emulator',
  'cdktf.json',
  'config.json',
  'package.json',
];

/** A copy of the project as a clone of it would be, for tests that change or miss files. */
export interface Checkout {
  readonly directory: string;
  /** Runs the command line in it, with nothing in the environment but a path, an empty home and what is given. */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Command;
  /** Stops every command that still runs, and removes the copy. */
  remove(): Promise<void>;
}

/** A running command. */
export interface Command {
  readonly child: ChildProcess;
  /** Standard input, to be ended by the caller. */
  readonly stdin: NonNullable<ChildProcess['stdin']>;
  /** Settles when the process and everybody who holds its output have gone. */
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** What has been written to standard output so far matches; or the process has ended. */
  output(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Makes a copy of the project in a temporary folder. */
export async function checkout(): Promise<Checkout> {
  const directory = await temporaryDirectory();
  const root = path.join(directory.path, 'project');
  const home = path.join(directory.path, 'home');
  await Promise.all([mkdir(root), mkdir(home)]);
  await Promise.all(
    FILES.map((file) => cp(path.join(projectDirectory, file), path.join(root, file), { recursive: true })),
  );
  await symlink(path.join(projectDirectory, 'node_modules'), path.join(root, 'node_modules'), 'junction');
  const commands: Command[] = [];
  return {
    directory: root,
    run(args, environment = {}) {
      const command = start(root, args, { HOME: home, USERPROFILE: home, ...environment });
      commands.push(command);
      return command;
    },
    async remove() {
      for (const { child } of commands) child.kill('SIGTERM');
      await Promise.all(commands.map(({ ended }) => ended));
      await directory.remove();
    },
  };
}

function start(
  root: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Command {
  const child = spawn(process.execPath, [path.join(root, 'cli', 'main.ts'), ...args], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      SystemRoot: process.env.SystemRoot,
      NODE_COMPILE_CACHE: testCompileCache,
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let written = '';
  child.stdout.on('data', (chunk: Buffer) => {
    written += chunk;
  });
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code], stdout, stderr]) => ({ code: code as number | null, stdout, stderr }),
  );
  return {
    child,
    stdin: child.stdin,
    ended,
    async output(pattern) {
      for (;;) {
        const match = pattern.exec(written);
        if (match) return match;
        const next = once(child.stdout, 'data').then(() => undefined);
        const result = await Promise.race([next, ended]);
        if (result && !pattern.test(written)) {
          throw new Error(`ended with ${result.code} before ${pattern}:\n${result.stdout}\n${result.stderr}`);
        }
      }
    },
  };
}

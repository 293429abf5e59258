import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { testCompileCache } from '../../support/compile-cache.ts';
import { projectDirectory, sampleSchemaFile, temporaryDirectory } from './project.ts';
import { outputOf, type Running, type RunOptions, start } from './run.ts';

/** What a synthesis and the service are made of; the parts that are packages come with node_modules, which is shared. */
const FILES = [
  'main.ts',
  'runtime.js',
  'settings',
  'service',
  'secrets',
  'cdktf.json',
  'config.json',
  'package.json',
];

/** The reference's config.json. */
const SAMPLE_CONFIG = { DB_HOST: '127.0.0.1', DB_PORT: '3306', DB_USER: 'Roberts', DB_PASS: 'Not-A-Secret' };

/** A copy of the project as a clone of it would be, for tests that change or miss files. */
export interface Checkout {
  readonly directory: string;
  /**
   * Runs the command line in it, in this process, with nothing in the environment but a path, an empty home and what
   * is given.
   */
  run(args: readonly string[], options?: CheckoutOptions): Running;
  /** The same as a process of its own. */
  spawn(args: readonly string[], options?: Pick<CheckoutOptions, 'environment'>): Process;
  /** Stops every command that still runs, and removes the copy. */
  remove(): Promise<void>;
}

/** What a command gets besides its arguments. */
export interface CheckoutOptions extends Partial<Pick<RunOptions, 'stdin'>> {
  readonly environment?: Readonly<Record<string, string>>;
}

/** A command that is a process. */
export interface Process extends Pick<Running, 'ended' | 'output'> {
  readonly child: ChildProcess;
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
  // Whatever the project's service has made of its secret, these tests are about one of their own.
  const schema = await readFile(sampleSchemaFile, 'utf8');
  await Promise.all([
    writeFile(path.join(root, 'service', 'config-schema.ts'), `export const configSchema = ${schema};\n`),
    writeFile(path.join(root, 'config.json'), JSON.stringify(SAMPLE_CONFIG)),
  ]);
  await symlink(path.join(projectDirectory, 'node_modules'), path.join(root, 'node_modules'), 'junction');
  const environmentOf = (environment: CheckoutOptions['environment']) => ({
    PATH: process.env.PATH,
    SystemRoot: process.env.SystemRoot,
    NODE_COMPILE_CACHE: testCompileCache,
    HOME: home,
    USERPROFILE: home,
    ...environment,
  });
  const stops: (() => Promise<unknown>)[] = [];
  return {
    directory: root,
    run(args, { environment, ...options } = {}) {
      const command = start(args, { cwd: root, environment: environmentOf(environment), ...options });
      stops.push(() => {
        command.signal('SIGTERM');
        return command.ended;
      });
      return command;
    },
    spawn(args, { environment } = {}) {
      const command = startProcess(args, root, environmentOf(environment));
      stops.push(() => {
        command.child.kill('SIGTERM');
        return command.ended;
      });
      return command;
    },
    async remove() {
      await Promise.all(stops.map((stop) => stop()));
      await directory.remove();
    },
  };
}

function startProcess(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Process {
  const child = spawn(process.execPath, [path.join(projectDirectory, 'cli', 'bin.js'), ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code], stdout, stderr]) => ({ code: code as number | null, stdout, stderr }),
  );
  return { child, ended, output: outputOf(child.stdout, ended) };
}

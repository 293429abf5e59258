import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { CommandError } from '../errors.ts';
import type { Environment } from '../io.ts';

/** Where the project is and where its Terraform goes. */
export interface SynthesizeOptions {
  /** Folder of cdktf.json. */
  readonly projectDirectory: string;
  /** Folder for the synthesized stacks (`cdktf.out` of the cdktf command line); made when missing. */
  readonly outputDirectory: string;
  /** The app's environment variables, besides those that cdktf sets. */
  readonly environment: Environment;
  readonly signal?: AbortSignal;
}

/** One stack as synthesized. */
export interface SynthesizedStack {
  readonly name: string;
  /** Absolute path of the folder of cdk.tf.json: Terraform's working directory. */
  readonly directory: string;
  /** The parsed cdk.tf.json. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Texts of the annotations at level warning. */
  readonly warnings: readonly string[];
}

interface Manifest {
  readonly stacks: Readonly<
    Record<
      string,
      {
        readonly name: string;
        readonly workingDirectory: string;
        readonly synthesizedStackPath: string;
        readonly annotations: readonly { readonly level: string; readonly message: string }[];
      }
    >
  >;
}

/**
 * Runs the app of cdktf.json as `cdktf synth` runs it: its command as a child process, in the folder of cdktf.json,
 * with CDKTF_OUTDIR and CDKTF_CONTEXT_JSON. The command is split at spaces and not given to a shell; `node` is the
 * Node that runs this process. The child process is started before this function first waits, so that a
 * caller can load libraries meanwhile.
 *
 * @returns the stacks by name
 * @throws CommandError with what the app printed, when it fails
 */
export async function synthesize(options: SynthesizeOptions): Promise<ReadonlyMap<string, SynthesizedStack>> {
  const { projectDirectory, outputDirectory } = options;
  const { app, context } = readProject(projectDirectory);
  mkdirSync(outputDirectory, { recursive: true });
  await runApp(app, {
    ...options,
    environment: {
      ...options.environment,
      CDKTF_OUTDIR: outputDirectory,
      CDKTF_CONTEXT_JSON: JSON.stringify(context ?? {}),
    },
  });
  return readStacks(outputDirectory);
}

function readStacks(outputDirectory: string): ReadonlyMap<string, SynthesizedStack> {
  const manifest = readJson(path.join(outputDirectory, 'manifest.json')) as Manifest;
  const stacks = Object.values(manifest.stacks).map((stack) => ({
    name: stack.name,
    directory: path.resolve(outputDirectory, stack.workingDirectory),
    json: readJson(path.join(outputDirectory, stack.synthesizedStackPath)) as SynthesizedStack['json'],
    warnings: stack.annotations.filter(({ level }) => level === '@cdktf/warn').map(({ message }) => message),
  }));
  return new Map(stacks.map((stack) => [stack.name, stack]));
}

function readProject(directory: string): { app: string; context?: object } {
  const file = path.join(directory, 'cdktf.json');
  try {
    return readJson(file) as { app: string; context?: object };
  } catch (error) {
    throw new CommandError(`${file} cannot be read as JSON: ${(error as Error).message}`, { cause: error });
  }
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

async function runApp(
  command: string,
  { projectDirectory, environment, signal }: SynthesizeOptions,
): Promise<void> {
  const [program = '', ...args] = command.trim().split(/\s+/);
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: projectDirectory,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([exit, buffer(child.stdout), buffer(child.stderr)]);
  if (code === 0) return;
  const printed = (stderr.length > 0 ? stderr : stdout).toString().trim();
  throw new CommandError(printed || `${command} ended with exit code ${code} and printed nothing`);
}

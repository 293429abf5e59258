import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { clientEnvironment } from '../../../emulator/client-environment.ts';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { unseal } from '../../../secrets/seal.ts';
import { readObject } from '../../../secrets/store.ts';
import { createReadyScene, type Scene } from '../../support/scene.ts';
import { projectDirectory, sampleSchemaFile, temporaryDirectory } from '../support/project.ts';
import { type Outcome, runCommand } from '../support/run.ts';

/** How a command is run. */
export interface RunOptions {
  /** @default nothing */
  readonly stdin?: string | Uint8Array;
  /** Member that runs it. @default the project's owner */
  readonly member?: string;
  /** Base address of the local cloud, where something stands before it. */
  readonly url?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A command that is ready to be started. */
export interface CommandLine {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The command line, in a folder of its own, on a scene's secret. */
export interface Operator {
  readonly directory: string;
  /** Runs a command on the scene's secret to its end, in this process. */
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Starts one as a process of its own. */
  start(
    args: readonly string[],
    options?: RunOptions,
  ): Promise<{ child: ChildProcess; ended: Promise<Outcome> }>;
  /** How a command is started: program, arguments, folder and environment. */
  commandLine(args: readonly string[], options?: RunOptions): Promise<CommandLine>;
  /** Runs a command that finds its secret by the settings of an empty cdktf.json and the environment. */
  runWithSettings(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs a command as it is given, in an empty folder. */
  runPlainly(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs one that takes no secret, such as `--help`, as it is given. */
  runPlain(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Outcome>;
  close(): Promise<void>;
}

const bin = path.join(projectDirectory, 'cli', 'bin.js');

/** Makes an operator for a scene. */
export async function createOperator(cloud: LocalCloud, scene: Scene): Promise<Operator> {
  const directory = await temporaryDirectory();
  const { bucket, object, key } = scene.reference;
  const target = ['--bucket', bucket, '--object', object, '--kms-key', key];
  const environmentOf = async ({ member = cloud.owner, url = cloud.url, environment }: RunOptions) => ({
    ...basics(directory.path),
    ...clientEnvironment({
      url,
      projectId: cloud.projectId,
      region: 'us-central1',
      principal: { member, accessToken: cloud.tokenFor(member), endpoint: await cloud.endpointFor(member) },
    }),
    SECRET_SCHEMA: sampleSchemaFile,
    ...environment,
  });
  const run = async (args: readonly string[], options: RunOptions = {}) =>
    runCommand(args, {
      cwd: directory.path,
      environment: await environmentOf(options),
      ...(options.stdin !== undefined && { stdin: options.stdin }),
    });
  const withTarget = ([command = '', ...args]: readonly string[]) => [command, ...target, ...args];
  return {
    directory: directory.path,
    start: async (args, options = {}) =>
      spawnCommand(withTarget(args), directory.path, await environmentOf(options), options.stdin),
    run: (args, options) => run(withTarget(args), options),
    commandLine: async (args, options = {}) => ({
      args: [bin, ...withTarget(args)],
      cwd: directory.path,
      env: await environmentOf(options),
    }),
    runWithSettings: async (args, options) => {
      await writeFile(path.join(directory.path, 'cdktf.json'), '{}');
      return run(args, options);
    },
    runPlainly: run,
    runPlain: (args, environment = {}) =>
      runCommand(args, {
        cwd: directory.path,
        environment: { ...basics(directory.path), ...environment },
      }),
    close: () => directory.remove(),
  };
}

/** The live config, decrypted, with its generation. */
export async function liveConfig({
  owner,
  reference,
}: Scene): Promise<{ generation: string; config: unknown }> {
  const { bytes, generation } = await readObject(owner, reference.bucket, reference.object);
  const { plaintext } = await unseal(owner, reference, bytes);
  return { generation, config: JSON.parse(plaintext.toString()) };
}

function basics(home: string): Record<string, string | undefined> {
  return { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, HOME: home, USERPROFILE: home };
}

function spawnCommand(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  stdin: string | Uint8Array = '',
) {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  // A command that reads no input may have ended before it got any.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code], stdout, stderr]) => ({ code, stdout, stderr }) as Outcome,
  );
  return { child, ended };
}

/** What a test of one command has: a local cloud, and in it a secret of its own with an operator. */
export interface OperatedScene {
  readonly cloud: LocalCloud;
  readonly scene: Scene;
  readonly operator: Operator;
}

/** Gives each test of a file a scene and an operator of its own, in one local cloud. */
export function eachOperator(set: (made: OperatedScene) => void): void {
  let cloud: LocalCloud;
  let operator: Operator;
  beforeAll(async () => {
    cloud = await startLocalCloud({ projectId: 'sample-project' });
  });
  beforeEach(async () => {
    const scene = await createReadyScene(cloud);
    operator = await createOperator(cloud, scene);
    set({ cloud, scene, operator });
  });
  afterEach(() => operator.close());
  afterAll(() => cloud?.close());
}

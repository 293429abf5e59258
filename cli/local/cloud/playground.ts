import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../../errors.ts';
import { askToConfirm } from '../../input/prompt.ts';
import { type Environment, type Io, printError } from '../../io.ts';
import { projectDirectoryOf } from '../../project-directory.ts';
import { endpointIn, type LocalEndpoint } from './endpoint-file.ts';

/** Where a command was told to run. */
export interface Whereabouts {
  readonly local?: boolean;
  readonly google?: boolean;
}

/** The folder of a running `start`, and its local cloud. */
export interface RunningStart {
  readonly directory: string;
  readonly endpoint: LocalEndpoint;
}

/** The local cloud that `npm start` runs in this project; of several, the one that was started last. */
export async function runningStart(projectDirectory: string): Promise<RunningStart | undefined> {
  const parent = path.join(projectDirectory, '.local');
  const names = (await readdir(parent).catch(() => [])).filter((name) => name.startsWith('start-'));
  const folders = await Promise.all(
    names.map(async (name) => {
      const directory = path.join(parent, name);
      return { directory, time: (await stat(directory).catch(() => undefined))?.mtimeMs ?? 0 };
    }),
  );
  for (const { directory } of folders.sort((one, other) => other.time - one.time)) {
    const endpoint = await endpointIn(directory).catch(() => undefined);
    if (endpoint) return { directory, endpoint };
  }
  return undefined;
}

/**
 * The variables by which a command works on the local cloud that `npm start` runs, if it is to: by `--local`, or because
 * one runs and whoever was asked wants it. Without a terminal to ask on, it is taken and said.
 *
 * @throws CommandError for `--local` where none runs
 */
export async function playgroundEnvironment(io: Io, { local, google }: Whereabouts): Promise<Environment> {
  if (google || (!local && pointsElsewhere(io.environment))) return {};
  const running = await runningStart(directoryOf(io));
  if (!running) {
    if (local)
      throw new CommandError(
        'No local Google Cloud runs in this project. Start one in another terminal: npm start',
      );
    return {};
  }
  const { url } = running.endpoint;
  const question = `npm start runs a local Google Cloud at ${url}. Use that one? No is Google Cloud itself.`;
  if (!local && io.stdin.isTTY && !(await askToConfirm(io, question, true))) return {};
  if (!io.stdin.isTTY || local) {
    printError(io, `On the local Google Cloud that npm start runs (${url}); --google is for Google Cloud.`);
  }
  const { localEnvironment } = await import('../../commands/run-local-env.ts');
  // It has every region.
  return { ...(await localEnvironment(running.endpoint, 'owner')), GCP_REGION: io.environment.GCP_REGION };
}

/** Whether the environment says already which cloud it is. */
function pointsElsewhere(environment: Environment): boolean {
  return Object.keys(environment).some((name) => name.startsWith('CLOUDSDK_API_ENDPOINT_OVERRIDES_'));
}

function directoryOf(io: Io): string {
  try {
    return projectDirectoryOf(io);
  } catch {
    return io.cwd;
  }
}

import { once } from 'node:events';
import path from 'node:path';
import {
  type LocalCloud,
  type LocalCloudOptions,
  type RequestLogEntry,
  StateFileError,
  startLocalCloud,
} from '@cloud-run-identity/local-cloud';
import { readProjectSettings } from '../../settings/index.ts';
import { CommandError } from '../errors.ts';
import { type Io, paint, print } from '../io.ts';
import { OWNER_TOKEN_SECONDS, removeEndpoint, writeEndpoint } from '../local/cloud/endpoint-file.ts';
import { formatLogEntry } from '../local/start/service-log.ts';
import { projectDirectoryOf } from '../project-directory.ts';

/** Arguments of `cloud-run-identity local cloud`. */
export interface RunLocalCloudOptions {
  readonly dataDirectory: string;
  readonly port: number;
  readonly projectId: string;
  readonly region: string;
  readonly weather: 'kind' | 'unkind';
  /** @default that of the weather */
  readonly policyPropagationSeconds?: number;
}

/**
 * The command `local cloud`: the local Google Cloud as a program, until Ctrl-C. It begins as a new
 * project does, with no API enabled, keeps its state in the data directory, and prints a line for each request: who
 * asked, and why it was refused. Any container image stands for this project's service.
 *
 * @throws CommandError when the port is taken or the data directory cannot be used
 */
export async function runLocalCloud(io: Io, options: RunLocalCloudOptions): Promise<void> {
  const { dataDirectory, projectId, region } = options;
  const signal = io.stopSignal();
  const directory = projectDirectoryOf(io);
  const server = path.resolve(directory, readProjectSettings(directory, io.environment).serviceEntry);
  const cloud = await start(options, {
    projectId,
    region,
    port: options.port,
    dataDirectory,
    enabledServices: [],
    weather: options.weather,
    ...(options.policyPropagationSeconds !== undefined && {
      policyPropagationSeconds: options.policyPropagationSeconds,
    }),
    images: { '*': { command: [process.execPath, server] } },
    onRequest: (entry) => print(io, formatRequest(io, entry)),
    onNotEmulated: (method, path) => print(io, paint(io, 'yellow', `not emulated: ${method} ${path}`)),
    onLog: (entry) => print(io, paint(io, 'dim', `${entry.revision}  ${formatLogEntry(entry)}`)),
  });
  try {
    const ownerToken = cloud.tokenFor(cloud.owner, { lifetimeSeconds: OWNER_TOKEN_SECONDS });
    const { url, owner } = cloud;
    await writeEndpoint(dataDirectory, { url, projectId, region, owner, ownerToken });
    print(io, introduction(io, cloud, dataDirectory));
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await removeEndpoint(dataDirectory);
    await cloud.close();
  }
}

async function start({ port }: RunLocalCloudOptions, options: LocalCloudOptions): Promise<LocalCloud> {
  try {
    return await startLocalCloud(options);
  } catch (error) {
    if (error instanceof StateFileError) throw new CommandError(error.message, { cause: error });
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CommandError(
      `Port ${port} is in use, perhaps by another local cloud: stop it, or choose another port with --port.`,
      { cause: error },
    );
  }
}

function introduction(io: Io, { url, projectId, owner }: LocalCloud, dataDirectory: string): string {
  return `
The local Google Cloud of project ${projectId} listens at ${paint(io, ['bold', 'cyan'], url)}

  owner  ${owner}
  state  ${dataDirectory}

Use it from another terminal:
  npx cloud-run-identity deploy --local                deploy to it with the real Terraform
  eval "$(npx cloud-run-identity local env)"           point Terraform, gcloud and libraries at it

Ctrl-C stops it; the state stays.
`;
}

/** One line for people: status, request, who asked, and why it was refused. */
function formatRequest(io: Io, { method, path: url, status, member, refusal }: RequestLogEntry): string {
  const colour = status < 400 ? 'green' : status < 500 ? 'yellow' : 'red';
  const asked = `${paint(io, colour, String(status))} ${method} ${url}  ${member ?? 'anonymous'}`;
  return refusal === undefined ? asked : `${asked}\n    ${refusal}`;
}

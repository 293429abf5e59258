import { once } from 'node:events';
import path from 'node:path';
import { styleText } from 'node:util';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../emulator/cloud.ts';
import type { RequestLogEntry } from '../../emulator/http/request-log.ts';
import { StateFileError } from '../../emulator/persistence.ts';
import { CommandError } from '../errors.ts';
import { removeEndpoint, writeEndpoint } from '../local/cloud/endpoint-file.ts';
import { formatLogEntry } from '../local/start/service-log.ts';
import { stopOnSignals } from './stop-signals.ts';

/** Arguments of `cloud-run-identity local cloud`. */
export interface RunLocalCloudOptions {
  readonly projectDirectory: string;
  readonly dataDirectory: string;
  readonly port: number;
  readonly projectId: string;
  readonly region: string;
  readonly policyPropagationSeconds: number;
}

/** Long enough for a day's work; the token is gone with the process's signing key only when the state is deleted. */
const OWNER_TOKEN_SECONDS = 30 * 24 * 60 * 60;

/**
 * The command `local cloud` (`npm run cloud`): the local Google Cloud as a program, until Ctrl-C. It begins as a new
 * project does, with no API enabled, keeps its state in the data directory, and prints a line for each request: who
 * asked, and why it was refused. Any container image stands for this project's service.
 *
 * @throws CommandError when the port is taken or the data directory cannot be used
 */
export async function runLocalCloud(options: RunLocalCloudOptions): Promise<void> {
  const { projectDirectory, dataDirectory, projectId, region } = options;
  const signal = stopOnSignals();
  const server = path.join(projectDirectory, 'service', 'server.ts');
  const cloud = await start(options, {
    projectId,
    region,
    port: options.port,
    dataDirectory,
    enabledServices: [],
    policyPropagationSeconds: options.policyPropagationSeconds,
    images: { '*': { command: [process.execPath, server] } },
    onRequest: (entry) => console.log(formatRequest(entry)),
    onNotEmulated: (method, path) => console.log(styleText('yellow', `not emulated: ${method} ${path}`)),
    onLog: (entry) => console.log(styleText('dim', `${entry.revision}  ${formatLogEntry(entry)}`)),
  });
  try {
    const ownerToken = cloud.tokenFor(cloud.owner, { lifetimeSeconds: OWNER_TOKEN_SECONDS });
    const { url, owner } = cloud;
    await writeEndpoint(dataDirectory, { url, projectId, region, owner, ownerToken });
    console.log(introduction(cloud, dataDirectory));
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

function introduction({ url, projectId, owner }: LocalCloud, dataDirectory: string): string {
  return `
The local Google Cloud of project ${projectId} listens at ${styleText(['bold', 'cyan'], url)}

  owner  ${owner}
  state  ${dataDirectory}

Use it from another terminal:
  npm run deploy:local                                 deploy to it with the real cdktf
  eval "$(npm run --silent secrets -- local env)"      point Terraform, gcloud and libraries at it

Ctrl-C stops it; the state stays.
`;
}

/** One line for people: status, request, who asked, and why it was refused. */
function formatRequest({ method, path: url, status, member, refusal }: RequestLogEntry): string {
  const colour = status < 400 ? 'green' : status < 500 ? 'yellow' : 'red';
  const asked = `${styleText(colour, String(status))} ${method} ${url}  ${member ?? 'anonymous'}`;
  return refusal === undefined ? asked : `${asked}\n    ${refusal}`;
}

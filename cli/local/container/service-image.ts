import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { CommandError } from '../../errors.ts';
import type { Report } from '../../output/step.ts';
import { docker, hasImage, requireEngine } from './docker.ts';

/** Tag of the image that is built for this machine. */
const LOCAL_TAG = 'cloudrun-identity:local';

/** Which image to run. */
export interface ServiceImageOptions {
  readonly projectDirectory: string;
  /** The program that it runs, relative to that folder. */
  readonly entry: string;
  /** An image that the engine has. @default the service's image is built */
  readonly reference: string | undefined;
  /** Ends the build. */
  readonly signal: AbortSignal;
  /** Receives what the build is doing. */
  readonly report: Report;
}

/**
 * The image of the service for the local Cloud Run.
 *
 * @returns its reference for the Docker engine
 * @throws CommandError without an engine, when the image is not there or not for linux/amd64, or cannot be built
 */
export async function serviceImage(options: ServiceImageOptions): Promise<string> {
  const { reference } = options;
  await requireEngine('leave out --container, and the service runs as a process of this machine');
  if (reference === undefined) {
    await build(options);
    return LOCAL_TAG;
  }
  if (!(await hasImage(reference))) {
    throw new CommandError(
      `The Docker engine has no image ${reference}. Fix: docker pull ${reference}, or --container without a name, which builds one.`,
    );
  }
  const platform = await docker('image', 'inspect', '--format', '{{.Os}}/{{.Architecture}}', reference);
  if (platform === 'linux/amd64') return reference;
  throw new CommandError(
    `The image ${reference} is for ${platform}, and Cloud Run runs linux/amd64. Fix: build it with docker build --platform linux/amd64.`,
  );
}

async function build({ projectDirectory, entry, signal, report }: ServiceImageOptions): Promise<void> {
  const dockerfile = path.join(projectDirectory, 'service', 'Dockerfile');
  const args = [
    'build',
    '--platform',
    'linux/amd64',
    '--file',
    dockerfile,
    `--build-arg=SERVICE_ENTRY=${entry}`,
    '--tag',
    LOCAL_TAG,
    projectDirectory,
  ];
  const child = spawn('docker', args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  signal.addEventListener('abort', () => child.kill());
  const printed: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      printed.push(line);
      report(line);
    });
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code === 0) return;
  throw new CommandError(
    `The service's image cannot be built:\n${printed.slice(-15).join('\n')}\n` +
      'Fix: see above. Where base images cannot be pulled, node scripts/import-local-base.ts makes stand-ins.',
  );
}

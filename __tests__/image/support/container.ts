import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { docker } from '../../../cli/local/container/docker.ts';
import { baseImages } from '../../../scripts/image/base-images.ts';
import { containerLog } from '../../../scripts/image/engine.ts';
import { importLocalBase } from '../../../scripts/image/local-base.ts';
import { projectDirectory } from '../../cli/support/project.ts';

const dockerfile = path.join(projectDirectory, 'service', 'Dockerfile');

/** Tag of the base that the service's image ends on. */
export const RUNTIME_BASE = 'gcr.io/distroless/nodejs24-debian12:nonroot';

/** Builds the service's image without the network, on the real base images if they are here, else on stand-ins. */
export async function buildImage(reference: string): Promise<void> {
  const bases = baseImages(await readFile(dockerfile, 'utf8'));
  for (const { tag } of bases) await importLocalBase(tag);
  await promisify(execFile)(
    'docker',
    [
      ...[
        'build',
        '--platform',
        'linux/amd64',
        '--network',
        'none',
        '--file',
        dockerfile,
        '--tag',
        reference,
      ],
      ...bases.flatMap(({ argument, tag }) => ['--build-arg', `${argument}=${tag}`]),
      ...['--build-arg', 'REVISION=0123abc', '--build-arg', 'VERSION=1.2.3'],
      projectDirectory,
    ],
    // The builder that every engine has; the other is a program of its own.
    { env: { ...process.env, DOCKER_BUILDKIT: '0' }, maxBuffer: 64 * 1024 * 1024 },
  );
}

/** The paths of all files of an image, sorted, without a slash at the start. */
export async function imageFiles(reference: string): Promise<string[]> {
  const container = await docker('create', reference);
  const archive = path.join(process.env.TMPDIR ?? '/tmp', `image-${randomUUID()}.tar`);
  try {
    await docker('export', '--output', archive, container);
    const { stdout } = await promisify(execFile)('tar', ['--list', '--file', archive], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout
      .split('\n')
      .map((file) => file.replace(/^\.\//, ''))
      .filter((file) => file && !file.endsWith('/'))
      .sort();
  } finally {
    await docker('rm', container);
    await promisify(execFile)('rm', ['-f', archive]);
  }
}

/** A running container of the service. */
export interface RunningContainer {
  readonly name: string;
  /** All that it wrote so far. */
  log(): Promise<string>;
  /** Waits until it ends by itself. @returns its exit code */
  ended(): Promise<number>;
  remove(): Promise<void>;
}

/** Runs an image as strictly as an engine can: read-only, without capabilities, with Cloud Run's limits. */
export async function runContainer(
  image: string,
  environment: Readonly<Record<string, string>>,
): Promise<RunningContainer> {
  const name = `cloud-run-identity-test-${randomUUID().slice(0, 8)}`;
  await docker(
    ...['run', '--detach', '--name', name, '--network', 'host'],
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--memory', '512m', '--cpus', '1'],
    ...Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    image,
  );
  return {
    name,
    log: () => containerLog(name),
    ended: async () => Number(await docker('wait', name)),
    remove: async () => {
      await docker('rm', '--force', name);
    },
  };
}

import path from 'node:path';
import type { LocalCloud, LocalCloudOptions, LocalImage } from '../../../emulator/cloud.ts';
import { serviceImage } from '../container/service-image.ts';
import type { Stacks } from '../stacks.ts';
import type { StartOptions } from './start.ts';
import { step } from './step.ts';

/**
 * Starts the local cloud that the stacks are deployed to, once there is what its Cloud Run is to run.
 *
 * @throws CommandError when the image cannot be had
 */
export async function startCloud(
  startLocalCloud: (options: LocalCloudOptions) => Promise<LocalCloud>,
  { projectId, region, imageRepository }: Stacks,
  options: StartOptions,
): Promise<LocalCloud> {
  const image = await imageToRun(options);
  return step('Start the local Google Cloud', async () => {
    const cloud = await startLocalCloud({ projectId, region, onLog: options.onServiceLog });
    options.cleanup.defer(() => cloud.close());
    cloud.images.set(imageRepository, image);
    return cloud;
  });
}

/** The service's sources as they are, or a container. */
async function imageToRun({ projectDirectory, container, signal }: StartOptions): Promise<LocalImage> {
  if (container === undefined) {
    return { command: [process.execPath, path.join(projectDirectory, 'service', 'server.ts')] };
  }
  const reference = container === true ? undefined : container;
  return step('Get the image of the service', async (report) => ({
    container: await serviceImage({ projectDirectory, reference, signal, report }),
  }));
}

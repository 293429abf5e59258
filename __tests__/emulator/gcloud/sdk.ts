import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { clientEnvironment } from '../../../emulator/client-environment.ts';
import type { LocalCloud } from '../../../emulator/cloud.ts';

/** Runs a program of the machine and gives what it says. */
export const run = promisify(execFile);

/** Whether a program is on the PATH. On Windows gcloud is a batch file, which is not run without a shell. */
export const isInstalled = (program: string) =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  );

/**
 * The environment of `local env`, as the owner, for the machine's own gcloud and gsutil.
 * @param folder where they keep what they keep; nothing of the person's own is read
 */
export async function sdkEnvironment(cloud: LocalCloud, folder: string): Promise<Record<string, string>> {
  const { url, projectId, owner } = cloud;
  const principal = {
    member: owner,
    accessToken: cloud.tokenFor(owner),
    endpoint: await cloud.endpointFor(owner),
  };
  return {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    CLOUDSDK_CONFIG: folder,
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
    ...clientEnvironment({ url, projectId, region: 'us-central1', principal }),
  };
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encryptConfig } from '../../cli/commands/encrypt.ts';
import { readStacks, type Stacks } from '../../cli/local/stacks.ts';
import { type SynthesizedStack, synthesize } from '../../cli/local/synthesize.ts';
import { applyStack } from '../../emulator/apply/apply.ts';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { googleClients } from '../../secrets/clients.ts';
import { withFolder } from '../support/folder.ts';
import { ROOT } from '../support/process.ts';

/** Milliseconds of one deployment to an empty local cloud. */
export interface DeploymentTimes {
  /** `cloud-run-identity-foundation`: eight resources. */
  readonly foundation: number;
  /** `cloud-run-identity`: six resources, until the service has decrypted its config and is Ready. */
  readonly service: number;
  /** Both again, with nothing to change. */
  readonly again: number;
  /** Everything stopped and forgotten. */
  readonly end: number;
}

/** Deploys both stacks, deploys them again, and ends it all. The service runs as a process of its own. */
export function deployOnce(): Promise<DeploymentTimes & { readonly synthesis: number }> {
  return withFolder(async (folder) => {
    const encryptedFile = join(folder, 'config.enc');
    const environment = { ...process.env, ENCRYPTED_CONFIG_FILE: encryptedFile, GCP_IMAGE_BUILD: 'none' };
    const synthesisBegan = performance.now();
    const stacks = readStacks(
      await synthesize({ projectDirectory: ROOT, outputDirectory: join(folder, 'cdktf.out'), environment }),
    );
    const synthesis = performance.now() - synthesisBegan;
    const cloud = await startLocalCloud({ projectId: stacks.projectId, enabledServices: [] });
    const server = join(ROOT, 'service', 'server.ts');
    cloud.images.set(stacks.imageRepository, { command: [process.execPath, server] });
    try {
      const times = await deployAndRepeat(cloud, stacks, encryptedFile);
      const end = await timed(() => cloud.close());
      return { synthesis, ...times, end };
    } catch (error) {
      await cloud.close();
      throw error;
    }
  });
}

async function deployAndRepeat(cloud: LocalCloud, stacks: Stacks, encryptedFile: string) {
  const target = { url: cloud.url, accessToken: cloud.tokenFor(cloud.owner) };
  const apply = ({ json, directory }: SynthesizedStack) =>
    timed(() => applyStack({ stack: json, stackDirectory: directory, target }));
  const foundation = await apply(stacks.foundation);
  await encryptConfig({
    plaintext: await readFile(join(ROOT, 'config.json')),
    key: stacks.key,
    encryptedFile,
    clients: await googleClients({ endpoint: cloud.url, accessToken: target.accessToken }),
  });
  const service = await apply(stacks.service);
  const again = (await apply(stacks.foundation)) + (await apply(stacks.service));
  return { foundation, service, again };
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await action();
  return performance.now() - begin;
}

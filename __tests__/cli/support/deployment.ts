import { expect } from 'vitest';
import type { Stacks } from '../../../cli/local/stacks.ts';
import type { SynthesizedStack } from '../../../cli/local/synthesize.ts';
import { type Applied, applyStack } from '../../../emulator/apply/apply.ts';
import type { JsonObject } from '../../../emulator/apply/configuration.ts';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { synthesizeProject, temporaryDirectory, writeContainer } from './project.ts';

/** A local cloud and the project's real stacks, to be applied to it. */
export interface Deployment {
  readonly cloud: LocalCloud;
  readonly stacks: Stacks;
  /** Folder for files of the test. */
  readonly directory: string;
  /** Applies a stack as the project's owner, or other JSON in its place. */
  apply(stack: SynthesizedStack, json?: JsonObject): Promise<Applied>;
  /** Reads from the API as the project's owner; fails unless it answers 200. */
  get<Answer = Readonly<Record<string, unknown>>>(path: string): Promise<Answer>;
  close(): Promise<void>;
}

/** Synthesizes the project and starts an empty cloud with all APIs off and an image for the service. */
export async function prepareDeployment(): Promise<Deployment> {
  const directory = await temporaryDirectory();
  const stacks = await synthesizeProject(directory.path);
  const cloud = await startLocalCloud({ projectId: stacks.projectId, enabledServices: [] });
  const program = await writeContainer(directory.path, 'serving');
  cloud.images.set(stacks.imageRepository, { command: [process.execPath, program] });
  const accessToken = cloud.tokenFor(cloud.owner);
  return {
    cloud,
    stacks,
    directory: directory.path,
    apply: (stack, json = stack.json) =>
      applyStack({
        stack: json,
        stackDirectory: stack.directory,
        target: { url: cloud.url, accessToken },
      }),
    async get<Answer>(path: string) {
      const response = await fetch(cloud.url + path, { headers: { authorization: `Bearer ${accessToken}` } });
      expect(response.status).toBe(200);
      return (await response.json()) as Answer;
    },
    async close() {
      await cloud.close();
      await directory.remove();
    },
  };
}

/** A copy of a stack's JSON with the arguments of every resource of one type changed. */
export function changed(
  stack: SynthesizedStack,
  type: string,
  change: (args: Record<string, unknown>) => void,
): JsonObject {
  const copy = structuredClone(stack.json) as {
    resource: Record<string, Record<string, Record<string, unknown>>>;
  };
  for (const args of Object.values(copy.resource[type] ?? {})) change(args);
  return copy;
}

import { resolve } from 'node:path';
import { FoundationStack } from '../../../constructs/foundation-stack.ts';
import { gkePlatform } from '../../../constructs/gke/platform.ts';
import { ServiceStack } from '../../../constructs/service-stack.ts';
import { type Synthesis, settingsWith, synthesizeStack } from './synthesize.ts';

/** This project: what its images are built from. */
export const PROJECT = resolve(import.meta.dirname, '../../..');

/** The foundation stack as main.ts makes it, of a project named my-project. */
export function foundationStack(context: Record<string, unknown> = {}): Synthesis {
  return synthesizeStack(
    (app, directory) =>
      new FoundationStack(app, 'cloud-run-identity-foundation', settingsWith(context, directory)),
  );
}

/** The service's stack as main.ts makes it; `prepare` may put files into the project's root first. */
export function serviceStack(
  context: Record<string, unknown> = {},
  prepare: (directory: string) => void = () => {},
): Synthesis {
  return synthesizeStack((app, directory) => {
    prepare(directory);
    const settings = { ...settingsWith(context, directory), imageContext: PROJECT, gke: gkePlatform };
    return new ServiceStack(app, 'cloud-run-identity', settings);
  });
}

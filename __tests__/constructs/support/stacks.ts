import { FoundationStack } from '../../../constructs/foundation-stack.ts';
import { gkePlatform } from '../../../constructs/gke/platform.ts';
import { ServiceStack } from '../../../constructs/service-stack.ts';
import { type Synthesis, settingsWith, synthesizeStack } from './synthesize.ts';

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
    const settings = settingsWith(context, directory);
    return new ServiceStack(app, 'cloud-run-identity', { ...settings, gke: gkePlatform });
  });
}

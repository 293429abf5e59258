import { FoundationStack, ServiceStack } from '@cloud-run-identity/constructs';
import { gkePlatform } from '@cloud-run-identity/constructs/gke';
import { App } from 'cdktf';
import { readAllSettings } from '../../settings/index.ts';

/** Synthesizes what main.ts does, without its review. @param projectRoot where encrypted files are */
export function synthesizeAsMain(
  context: Readonly<Record<string, unknown>>,
  outdir: string,
  projectRoot: string,
): ReturnType<typeof readAllSettings> {
  const app = new App({ outdir });
  const environments = readAllSettings({ context, environment: {}, projectRoot });
  for (const settings of environments) {
    new FoundationStack(app, settings.stacks.foundation, settings);
    new ServiceStack(app, settings.stacks.service, { ...settings, gke: gkePlatform });
  }
  app.synth();
  return environments;
}

import { readStacks } from '../local/stacks.ts';
import { synthesizeTemporarily } from '../local/synthesize-temporarily.ts';

/**
 * Project and region that the settings (cdktf.json and environment) lead to.
 *
 * @param projectId takes the place of the settings' project
 * @throws CommandError with the settings' own message when they are wrong
 */
export async function projectOfSettings(
  projectDirectory: string,
  projectId?: string,
): Promise<{ projectId: string; region: string }> {
  const environment: Record<string, string> = projectId === undefined ? {} : { GCP_PROJECT_ID: projectId };
  const stacks = readStacks(await synthesizeTemporarily(projectDirectory, environment));
  return { projectId: stacks.projectId, region: stacks.region };
}

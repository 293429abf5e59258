import { GoogleProvider } from '@cdktf/provider-google/lib/provider/index.js';
import { Annotations, type TerraformStack } from 'cdktf';
import type { Settings } from '../settings/settings.ts';
import { SAMPLE_PROJECT_ID } from '../settings/sources.ts';

/** Points everything in the stack at one project and region, and warns while that is the sample project. */
export function useGoogleProject(
  stack: TerraformStack,
  { projectId, region }: Pick<Settings, 'projectId' | 'region'>,
): void {
  new GoogleProvider(stack, 'google', { project: projectId, region });
  if (projectId === SAMPLE_PROJECT_ID) {
    Annotations.of(stack).addWarning(
      `The project id is still the sample "${SAMPLE_PROJECT_ID}": good for looking, not for deploying. ` +
        'Set "projectId" in the context of cdktf.json, or the environment variable GCP_PROJECT_ID.',
    );
  }
}

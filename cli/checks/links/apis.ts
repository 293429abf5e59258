import { PermissionDeniedError } from '@cloud-run-identity/secrets';
import { BrokenError } from '../broken.ts';
import { isEnabled } from '../cloud-apis.ts';
import type { Link } from '../doctor.ts';

const NEEDED = ['cloudkms', 'iam', 'run', 'storage'].map((name) => `${name}.googleapis.com`);

/** Whether the project has enabled the APIs that the deployment uses. */
export const apisLink: Link = {
  name: 'APIs',
  async check(deployment) {
    const { projectId } = deployment.declared;
    const missing: string[] = [];
    try {
      for (const api of NEEDED) if (!(await isEnabled(deployment, api))) missing.push(api);
    } catch (error) {
      if (error instanceof PermissionDeniedError) return `not looked at: ${error.message}`;
      throw error;
    }
    if (missing.length === 0) return NEEDED.join(', ');
    throw new BrokenError(
      `Project ${projectId} has not enabled ${missing.join(', ')}.`,
      `gcloud services enable ${missing.join(' ')} --project=${projectId}`,
    );
  },
};

import { NotFoundError } from '@cloud-run-identity/secrets';
import { BrokenError } from '../broken.ts';
import { getServiceAccount } from '../cloud-apis.ts';
import type { Link } from '../doctor.ts';

/** Whether the service account exists and is enabled. */
export const identityLink: Link = {
  name: 'identity',
  async check(deployment) {
    const { identity, projectId } = deployment.declared;
    const account = await getServiceAccount(deployment).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
      throw new BrokenError(
        `The service account ${identity} does not exist.`,
        'npx cdktf deploy cloud-run-identity',
        { cause: error },
      );
    });
    if (!account.disabled) return `${identity} exists`;
    throw new BrokenError(
      `The service account ${identity} is disabled: it gets no tokens.`,
      `gcloud iam service-accounts enable ${identity} --project=${projectId}`,
    );
  },
};

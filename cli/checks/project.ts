import { NotFoundError, PermissionDeniedError } from '@cloud-run-identity/secrets';
import { BrokenError, type Check, notLookedAt } from './check.ts';
import { getServiceAccount, isEnabled } from './cloud-apis.ts';
import { DEPLOY, type Deployment } from './deployment.ts';

const neededBy = ({ declared }: Deployment) =>
  ['cloudkms', 'iam', declared.workload ? 'container' : 'run', 'storage'].map(
    (name) => `${name}.googleapis.com`,
  );

/** Whether Google takes the credentials of whoever runs the command. */
export const credentials: Check = {
  name: 'credentials',
  async look(deployment) {
    // Any call does; what it needs is looked at by the next link.
    await isEnabled(deployment, 'iam.googleapis.com').catch((error: unknown) => {
      if (!(error instanceof PermissionDeniedError)) throw error;
    });
    const email = await deployment.clients.callerEmail().catch(() => undefined);
    return email === undefined ? 'accepted' : `accepted: ${email}`;
  },
};

/** Whether the project has enabled the APIs that the deployment uses. */
export const apis: Check = {
  name: 'APIs',
  async look(deployment) {
    const { projectId } = deployment.declared;
    const needed = neededBy(deployment);
    const missing: string[] = [];
    try {
      for (const api of needed) if (!(await isEnabled(deployment, api))) missing.push(api);
    } catch (error) {
      if (error instanceof PermissionDeniedError) throw notLookedAt(error);
      throw error;
    }
    if (missing.length === 0) return needed.join(', ');
    throw new BrokenError(
      `Project ${projectId} has not enabled ${missing.join(', ')}.`,
      `gcloud services enable ${missing.join(' ')} --project=${projectId}`,
    );
  },
};

/** Whether the service account exists and is enabled. */
export const identity: Check = {
  name: 'identity',
  async look(deployment) {
    const { identity: email, projectId } = deployment.declared;
    const account = await getServiceAccount(deployment).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
      throw new BrokenError(`The service account ${email} does not exist.`, DEPLOY, { cause: error });
    });
    if (!account.disabled) return `${email} exists`;
    throw new BrokenError(
      `The service account ${email} is disabled: it gets no tokens.`,
      `gcloud iam service-accounts enable ${email} --project=${projectId}`,
    );
  },
};

import { PermissionDeniedError } from '@cloud-run-identity/secrets';
import { isEnabled } from '../cloud-apis.ts';
import type { Link } from '../doctor.ts';

/** Whether Google takes the credentials of whoever runs the command. */
export const credentialsLink: Link = {
  name: 'credentials',
  async check(deployment) {
    // Any call does; what it needs is looked at by the next link.
    await isEnabled(deployment, 'iam.googleapis.com').catch((error: unknown) => {
      if (!(error instanceof PermissionDeniedError)) throw error;
    });
    const email = await deployment.clients.callerEmail().catch(() => undefined);
    return email === undefined ? 'accepted' : `accepted: ${email}`;
  },
};

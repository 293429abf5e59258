import { GoogleApiError } from '../http/errors.ts';
import type { PolicyInput } from '../iam/policy.ts';
import type { Bucket } from './bucket.ts';

const PUBLIC_MEMBERS = ['allUsers', 'allAuthenticatedUsers'];

/** Refuses what a bucket's own settings forbid in its policy. */
export function checkAllowedIn({ settings }: Pick<Bucket, 'settings'>, policy: PolicyInput): void {
  const { publicAccessPrevention, uniformBucketLevelAccess } = settings.iamConfiguration;
  // Whether the policy is well-formed is checked only when it is set.
  const bindings = [policy.bindings ?? []].flat();
  const members = bindings.flatMap((binding) => binding?.members ?? []);
  const isPublic = members.some((member) => PUBLIC_MEMBERS.includes(member));
  if (isPublic && publicAccessPrevention === 'enforced') {
    throw preconditionFailed(
      'The member bindings allUsers and allAuthenticatedUsers are not allowed since public access prevention is enforced.',
    );
  }
  if (bindings.some((binding) => binding?.condition) && !uniformBucketLevelAccess.enabled) {
    throw preconditionFailed(
      'To set IAM conditions on a bucket, enable uniform bucket-level access. Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access',
    );
  }
}

function preconditionFailed(message: string): GoogleApiError {
  return new GoogleApiError('FAILED_PRECONDITION', message, { code: 412, reason: 'conditionNotMet' });
}

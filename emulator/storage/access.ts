import type { FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import type { Resource } from '../iam/authorizer.ts';
import { emailOf } from '../iam/principal.ts';
import { type CloudState, decide, projectResource } from '../state.ts';
import type { Bucket } from './bucket.ts';

const SERVICE = 'storage.googleapis.com';

/** How a denial names the kind of resource. */
const KINDS: Record<string, string> = {
  'storage.googleapis.com/Object': 'Google Cloud Storage object',
  'storage.googleapis.com/Bucket': 'Google Cloud Storage bucket',
  'cloudresourcemanager.googleapis.com/Project': 'Google Cloud project',
};

/** The name of a bucket's policy in the authorizer, which is the bucket's full resource name. */
export function bucketPolicyName(bucket: string): string {
  return `projects/_/buckets/${bucket}`;
}

/** A bucket as a resource: the bucket's policy applies, then the project's. */
export function bucketResource(bucket: Bucket): Resource {
  const policy = bucketPolicyName(bucket.name);
  return {
    name: policy,
    type: `${SERVICE}/Bucket`,
    service: SERVICE,
    policies: [policy, ...projectResource(bucket.projectId).policies],
    ignoresPublicMembers: bucket.settings.iamConfiguration.publicAccessPrevention === 'enforced',
  };
}

/**
 * An object as a resource, whether it exists or not: the policies of its bucket apply, and without uniform access one of
 * its own.
 */
export function objectResource(bucket: Bucket, object: string): Resource {
  const parent = bucketResource(bucket);
  const name = `${parent.name}/objects/${object}`;
  const isUniform = bucket.settings.iamConfiguration.uniformBucketLevelAccess.enabled;
  const policies = isUniform ? parent.policies : [name, ...parent.policies];
  return { ...parent, name, type: `${SERVICE}/Object`, policies };
}

/**
 * Lets the request go on only if its principal has the permission on the resource.
 * @throws GoogleApiError in the words of Cloud Storage: 403 `forbidden`, 401 `required` for an anonymous caller
 */
export function requireAccess(
  state: CloudState,
  request: FastifyRequest,
  permission: string,
  resource: Resource,
): void {
  const { principal } = request;
  if (decide(state, request, permission, resource).granted) return;
  const message =
    `${emailOf(principal)} does not have ${permission} access to the ${KINDS[resource.type]}. ` +
    `Permission '${permission}' denied on resource (or it may not exist).`;
  if (principal.member !== undefined) throw new GoogleApiError('PERMISSION_DENIED', message);
  throw new GoogleApiError('UNAUTHENTICATED', message, {
    reason: 'required',
    location: { locationType: 'header', location: 'Authorization' },
  });
}

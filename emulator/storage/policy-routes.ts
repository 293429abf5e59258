import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import type { Resource } from '../iam/authorizer.ts';
import { type Policy, type PolicyInput, policyBody } from '../iam/policy.ts';
import type { CloudState } from '../state.ts';
import { bucketPolicyName, bucketResource, objectResource, requireAccess } from './access.ts';
import { checkHasAcls } from './acl.ts';
import { checkAllowedIn } from './allowed-members.ts';
import type { Bucket } from './bucket.ts';
import type { Buckets } from './buckets.ts';
import { jsonBody, pathParameter } from './parameters.ts';
import { fromStorageEtag, toStorageEtag } from './policy-etag.ts';
import { conditionNotMet } from './preconditions.ts';

/** The IAM policy of a bucket: getIamPolicy, setIamPolicy, testIamPermissions in Cloud Storage's own shape. */
export function addBucketPolicyRoutes(app: FastifyInstance, state: CloudState, buckets: Buckets): void {
  const bucketOf = (request: FastifyRequest) => buckets.get(pathParameter(request, 'bucket'));
  const body = (bucket: Bucket, policy: Policy) => ({
    kind: 'storage#policy',
    resourceId: bucketPolicyName(bucket.name),
    ...policyBody(policy),
    etag: toStorageEtag(policy.etag),
  });

  app.get('/storage/v1/b/:bucket/iam', async (request) => {
    const bucket = bucketOf(request);
    requireAccess(state, request, 'storage.buckets.getIamPolicy', bucketResource(bucket));
    return body(bucket, state.authorizer.policy(bucketPolicyName(bucket.name)));
  });

  app.put('/storage/v1/b/:bucket/iam', async (request) => {
    const bucket = bucketOf(request);
    requireAccess(state, request, 'storage.buckets.setIamPolicy', bucketResource(bucket));
    const policy: PolicyInput = jsonBody(request);
    checkAllowedIn(bucket, policy);
    return body(bucket, setPolicy(state, bucketPolicyName(bucket.name), policy));
  });

  app.get('/storage/v1/b/:bucket/iam/testPermissions', async (request) => {
    return held(state, request, bucketResource(bucketOf(request)));
  });
}

/** The same of an object, which has a policy of its own only without uniform access. */
export function addObjectPolicyRoutes(app: FastifyInstance, state: CloudState, buckets: Buckets): void {
  const path = '/storage/v1/b/:bucket/o/:object/iam';
  const objectOf = (request: FastifyRequest, permission: string) => {
    const bucket = buckets.get(pathParameter(request, 'bucket'));
    const name = pathParameter(request, 'object');
    const resource = objectResource(bucket, name);
    const isThere = bucket.objects.find(name) !== undefined;
    // What is not there has no ACL: nobody would have the permission. Who may list learns that it is not there.
    const { granted } = state.authorizer.decide(
      request.principal,
      'storage.objects.list',
      bucketResource(bucket),
    );
    if (isThere || !granted) requireAccess(state, request, permission, resource);
    checkHasAcls(bucket.settings, 'Cannot get or set the IAM policy of an object');
    if (!isThere) throw new GoogleApiError('NOT_FOUND', `No such object: ${bucket.name}/${name}`);
    return { bucket, name: resource.name };
  };
  const body = (name: string, policy: Policy) => ({
    kind: 'storage#policy',
    resourceId: name,
    ...policyBody(policy),
    etag: toStorageEtag(policy.etag),
  });

  app.get(path, async (request) => {
    const { name } = objectOf(request, 'storage.objects.getIamPolicy');
    return body(name, state.authorizer.policy(name));
  });
  app.put(path, async (request) => {
    const { bucket, name } = objectOf(request, 'storage.objects.setIamPolicy');
    const policy: PolicyInput = jsonBody(request);
    checkAllowedIn(bucket, policy);
    return body(name, setPolicy(state, name, policy));
  });
  app.get(`${path}/testPermissions`, async (request) => {
    const bucket = buckets.get(pathParameter(request, 'bucket'));
    return held(state, request, objectResource(bucket, pathParameter(request, 'object')));
  });
}

function held(state: CloudState, request: FastifyRequest, resource: Resource) {
  const { permissions = [] } = request.query as { permissions?: string | string[] };
  const granted = [permissions]
    .flat()
    .filter((name) => state.authorizer.decide(request.principal, name, resource).granted);
  return { kind: 'storage#testIamPermissionsResponse', ...(granted.length > 0 && { permissions: granted }) };
}

/** A stale etag is 412 here, where the other APIs answer 409. */
function setPolicy(state: CloudState, name: string, policy: PolicyInput): Policy {
  try {
    const { etag } = policy;
    return state.authorizer.setPolicy(name, {
      ...policy,
      ...(typeof etag === 'string' && etag && { etag: fromStorageEtag(etag) }),
    });
  } catch (error) {
    throw error instanceof GoogleApiError && error.status === 'ABORTED' ? conditionNotMet('If-Match') : error;
  }
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { type CloudState, projectIdOf, projectResource, requirePermission } from '../state.ts';
import { bucketPolicyName, bucketResource, requireAccess } from './access.ts';
import { aclWanted, asksForAcl, checkHasAcls } from './acl.ts';
import { fullBucket, writeAcl } from './acl-routes.ts';
import { type Bucket, bucketBody, bucketEtag, checkBucketName } from './bucket.ts';
import { bucketSettings } from './bucket-settings.ts';
import type { Buckets } from './buckets.ts';
import { storageAgent } from './encryption.ts';
import { linkBase } from './links.ts';
import { mergePatch } from './merge-patch.ts';
import { page } from './page.ts';
import { jsonBody, parameter, pathParameter, requiredParameter } from './parameters.ts';
import { checkWritePreconditions, isNotModified, preconditionsOf } from './preconditions.ts';
import { BUCKET_FIELDS, refuseWhatIsDropped } from './registry.ts';

/** Buckets: insert, get, list, patch, update, delete (https://cloud.google.com/storage/docs/json_api/v1/buckets). */
export function addBucketRoutes(app: FastifyInstance, state: CloudState, buckets: Buckets): void {
  const body = (request: FastifyRequest, bucket: Bucket) => ({
    ...bucketBody(bucket, state.project, linkBase(request)),
    ...fullBucket(state, buckets, request, bucket),
  });
  const bucketFor = (request: FastifyRequest, permission: string) => {
    const bucket = buckets.get(pathParameter(request, 'bucket'));
    requireAccess(state, request, permission, bucketResource(bucket));
    return bucket;
  };
  const changedBucket = async (request: FastifyRequest) => {
    bucketFor(request, 'storage.buckets.get');
    return body(request, changeBucket(state, buckets, bucketFor(request, 'storage.buckets.update'), request));
  };

  app.post('/storage/v1/b', async (request) => body(request, insertBucket(state, buckets, request)));
  app.get('/storage/v1/b', async (request) => {
    const { items, nextPageToken } = listBuckets(state, buckets, request);
    return {
      kind: 'storage#buckets',
      ...(items.length > 0 && { items: items.map((bucket) => body(request, bucket)) }),
      ...(nextPageToken && { nextPageToken }),
    };
  });
  app.get('/storage/v1/b/:bucket', async (request, reply) => {
    const bucket = bucketFor(request, 'storage.buckets.get');
    return unchanged(request, reply, bucket) ?? body(request, bucket);
  });
  app.patch('/storage/v1/b/:bucket', changedBucket);
  app.put('/storage/v1/b/:bucket', changedBucket);
  app.delete('/storage/v1/b/:bucket', async (request, reply) => {
    const bucket = bucketFor(request, 'storage.buckets.delete');
    checkWritePreconditions(preconditionsOf(request), preconditionState(bucket));
    buckets.delete(bucket);
    return reply.code(204).send();
  });
  app.post('/storage/v1/b/:bucket/lockRetentionPolicy', async (request) => {
    const bucket = bucketFor(request, 'storage.buckets.update');
    requiredParameter(request, 'ifMetagenerationMatch');
    checkWritePreconditions(preconditionsOf(request), preconditionState(bucket));
    const { retentionPolicy } = bucket.settings;
    if (!retentionPolicy) {
      throw new GoogleApiError('INVALID_ARGUMENT', 'The bucket has no retention policy to lock.');
    }
    const settings = { ...bucket.settings, retentionPolicy: { ...retentionPolicy, isLocked: true as const } };
    return body(request, buckets.touch(bucket, { settings }));
  });
  app.get('/storage/v1/projects/:project/serviceAccount', async (request) => {
    const project = projectResource(projectIdOf(state, pathParameter(request, 'project')));
    requirePermission(state, request, 'resourcemanager.projects.get', project);
    return { kind: 'storage#serviceAccount', email_address: storageAgent(state) };
  });
  app.get('/storage/v1/b/:bucket/storageLayout', async (request) => {
    const { name, location, locationType } = bucketFor(request, 'storage.objects.list');
    return { kind: 'storage#storageLayout', bucket: name, location, locationType };
  });
  // The Terraform provider asks for caches before it deletes a bucket; there are never any.
  app.get('/storage/v1/b/:bucket/anywhereCaches', async (request) => {
    bucketFor(request, 'storage.anywhereCaches.list');
    return {};
  });
  // Nor are there managed folders, for which gcloud asks.
  app.get('/storage/v1/b/:bucket/managedFolders', async (request) => {
    bucketFor(request, 'storage.managedFolders.list');
    return { kind: 'storage#managedFolders' };
  });
}

function listBuckets(state: CloudState, buckets: Buckets, request: FastifyRequest) {
  const projectId = projectIdOf(state, requiredParameter(request, 'project'));
  requireAccess(state, request, 'storage.buckets.list', projectResource(projectId));
  const prefix = parameter(request, 'prefix') ?? '';
  const found = buckets.ofProject(projectId).filter((bucket) => bucket.name.startsWith(prefix));
  return page(request, found, (bucket) => bucket.name);
}

function changeBucket(state: CloudState, buckets: Buckets, bucket: Bucket, request: FastifyRequest): Bucket {
  const changes = jsonBody(request);
  refuseWhatIsDropped(request, changes, BUCKET_FIELDS);
  checkWritePreconditions(preconditionsOf(request), preconditionState(bucket));
  const asked = asksForAcl(request, changes);
  if (asked) checkHasAcls(bucket.settings, 'Cannot use ACL API to update bucket policy');
  // What changes nothing makes no new metageneration.
  if (request.method === 'PATCH' && Object.keys(changes).length === 0 && !asked) return bucket;
  const updated = buckets.update(
    bucket,
    request.method === 'PATCH' ? mergePatch(bucket.settings, changes) : changes,
  );
  return asked ? changeAcls(state, buckets, updated, request) : updated;
}

/** Replaces the ACLs that a request names. */
function changeAcls(state: CloudState, buckets: Buckets, bucket: Bucket, request: FastifyRequest): Bucket {
  requireAccess(state, request, 'storage.buckets.setIamPolicy', bucketResource(bucket));
  const { acl: list, defaultObjectAcl } = jsonBody(request);
  const { project } = state;
  const acl = aclWanted('bucket', { list, predefined: parameter(request, 'predefinedAcl') }, project);
  const predefined = parameter(request, 'predefinedDefaultObjectAcl');
  const defaults = aclWanted(
    'object',
    { list: defaultObjectAcl, predefined },
    project,
    `project-owners-${project.projectNumber}`,
  );
  if (acl) writeAcl(state, bucket, 'bucket', bucketPolicyName(bucket.name), acl);
  return defaults ? buckets.touch(bucket, { defaultObjectAcl: defaults }) : bucket;
}

function insertBucket(state: CloudState, buckets: Buckets, request: FastifyRequest): Bucket {
  const projectId = projectIdOf(state, requiredParameter(request, 'project'));
  requireAccess(state, request, 'storage.buckets.create', projectResource(projectId));
  const resource = jsonBody(request);
  refuseWhatIsDropped(request, resource, BUCKET_FIELDS);
  const existing = buckets.find(checkBucketName(resource.name));
  if (asksForAcl(request, resource)) {
    checkHasAcls(bucketSettings(resource, undefined, state.now()), 'Cannot insert legacy ACL for a bucket');
  }
  const predefined = {
    bucket: parameter(request, 'predefinedAcl'),
    objects: parameter(request, 'predefinedDefaultObjectAcl'),
  };
  if (!existing) return buckets.create(resource, projectId, predefined);
  const access = state.authorizer.decide(request.principal, 'storage.buckets.get', bucketResource(existing));
  throw new GoogleApiError(
    'ALREADY_EXISTS',
    access.granted
      ? 'Your previous request to create the named bucket succeeded and you already own it.'
      : 'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
  );
}

function preconditionState(bucket: Bucket) {
  return { metageneration: bucket.metageneration, etag: bucketEtag(bucket) };
}

/** The 304 for a client that has the bucket's metadata already. */
function unchanged(request: FastifyRequest, reply: FastifyReply, bucket: Bucket): FastifyReply | undefined {
  const isUnchanged = isNotModified(preconditionsOf(request), preconditionState(bucket));
  reply.header('etag', bucketEtag(bucket));
  return isUnchanged ? reply.code(304).send() : undefined;
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { type CloudState, projectIdOf, projectResource, requirePermission } from '../state.ts';
import { bucketResource, requireAccess } from './access.ts';
import { aclRefusal, asksForAcl } from './acl.ts';
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
  const body = (request: FastifyRequest, bucket: Bucket) =>
    bucketBody(bucket, state.project, linkBase(request));
  const bucketFor = (request: FastifyRequest, permission: string) => {
    const bucket = buckets.get(pathParameter(request, 'bucket'));
    requireAccess(state, request, permission, bucketResource(bucket));
    return bucket;
  };
  const changedBucket = async (request: FastifyRequest) => {
    bucketFor(request, 'storage.buckets.get');
    return body(request, changeBucket(buckets, bucketFor(request, 'storage.buckets.update'), request));
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

function changeBucket(buckets: Buckets, bucket: Bucket, request: FastifyRequest): Bucket {
  const changes = jsonBody(request);
  refuseWhatIsDropped(request, changes, BUCKET_FIELDS);
  if (asksForAcl(request, changes)) {
    throw aclRefusal(bucket.settings, 'Cannot use ACL API to update bucket policy');
  }
  checkWritePreconditions(preconditionsOf(request), preconditionState(bucket));
  return buckets.update(bucket, request.method === 'PATCH' ? mergePatch(bucket.settings, changes) : changes);
}

function insertBucket(state: CloudState, buckets: Buckets, request: FastifyRequest): Bucket {
  const projectId = projectIdOf(state, requiredParameter(request, 'project'));
  requireAccess(state, request, 'storage.buckets.create', projectResource(projectId));
  const resource = jsonBody(request);
  refuseWhatIsDropped(request, resource, BUCKET_FIELDS);
  const existing = buckets.find(checkBucketName(resource.name));
  if (asksForAcl(request, resource)) {
    const settings = bucketSettings(resource, undefined, state.now());
    throw aclRefusal(settings, 'Cannot insert legacy ACL for a bucket');
  }
  if (!existing) return buckets.create(resource, projectId);
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

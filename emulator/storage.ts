import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { type CloudState, requireService } from './state.ts';
import { addAclRoutes } from './storage/acl-routes.ts';
import { addBucketRoutes } from './storage/bucket-routes.ts';
import { Buckets } from './storage/buckets.ts';
import { addCopyRoutes } from './storage/copy-routes.ts';
import { addObjectRoutes } from './storage/object-routes.ts';
import { addBucketPolicyRoutes } from './storage/policy-routes.ts';
import { addUploadRoutes } from './storage/upload-routes.ts';

/**
 * The JSON API of Cloud Storage (https://cloud.google.com/storage/docs/json_api), in memory:
 * - `/storage/v1/b`: buckets, their IAM policies, their objects with generations
 * - `/upload/storage/v1/b/B/o`: uploads
 * - `/download/storage/v1/b/B/o/O`: downloads
 */
export function storageApi(state: CloudState): FastifyPluginAsync {
  const buckets = new Buckets(state);
  state.persistent.set('storage', buckets);
  return async (app) => {
    app.addHook('onRequest', async () =>
      requireService(state, 'storage.googleapis.com', 'Cloud Storage JSON API'),
    );
    addBucketRoutes(app, state, buckets);
    addBucketPolicyRoutes(app, state, buckets);
    addAclRoutes(app, buckets);
    addObjectRoutes(app, state, buckets);
    addCopyRoutes(app, state, buckets);
    app.register(async (uploads: FastifyInstance) => addUploadRoutes(uploads, state, buckets));
  };
}

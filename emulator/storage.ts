import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { APIS } from './apis.ts';
import type { KeyStore } from './kms/key-store.ts';
import { type CloudState, requireService } from './state.ts';
import { addAclRoutes } from './storage/acl-routes.ts';
import { checkBilling } from './storage/billing.ts';
import { addBucketRoutes } from './storage/bucket-routes.ts';
import { Buckets } from './storage/buckets.ts';
import { addComposeRoute } from './storage/compose-routes.ts';
import { addCopyRoutes } from './storage/copy-routes.ts';
import { addObjectRoutes } from './storage/object-routes.ts';
import { checkObjectName } from './storage/object-version.ts';
import { addBucketPolicyRoutes, addObjectPolicyRoutes } from './storage/policy-routes.ts';
import { refuseWhatIsDropped } from './storage/registry.ts';
import { addUploadRoutes } from './storage/upload-routes.ts';
import { addXmlRoutes } from './storage/xml-routes.ts';

/**
 * Cloud Storage in memory, by its JSON API (https://cloud.google.com/storage/docs/json_api):
 * - `/storage/v1/b`: buckets, their IAM policies, their objects with generations
 * - `/upload/storage/v1/b/B/o`: uploads
 * - `/download/storage/v1/b/B/o/O`: downloads
 * and, of its XML API, the download `/B/O`.
 */
export function storageApi(state: CloudState, keys: KeyStore): FastifyPluginAsync {
  const buckets = new Buckets(state, keys);
  state.persistent.set('storage', buckets);
  return async (app) => {
    app.register(async (json: FastifyInstance) => addJsonRoutes(json, state, buckets));
    addXmlRoutes(app, state, buckets);
  };
}

function addJsonRoutes(app: FastifyInstance, state: CloudState, buckets: Buckets): void {
  app.addHook('onRequest', async () => requireService(state, APIS.storage));
  app.addHook('onRequest', async (request) => {
    refuseWhatIsDropped(request);
    checkBilling(request, buckets);
  });
  // Every name in a path, so that the methods need not: also where an object is only read or deleted.
  app.addHook('onRequest', async ({ params }) => {
    const { object, destinationObject } = params as { object?: string; destinationObject?: string };
    for (const name of [object, destinationObject]) if (name !== undefined) checkObjectName(name);
  });
  addBucketRoutes(app, state, buckets);
  addBucketPolicyRoutes(app, state, buckets);
  addObjectPolicyRoutes(app, state, buckets);
  addAclRoutes(app, state, buckets);
  addObjectRoutes(app, state, buckets);
  addCopyRoutes(app, state, buckets);
  addComposeRoute(app, state, buckets);
  app.register(async (uploads: FastifyInstance) => addUploadRoutes(uploads, state, buckets));
}

import type { FastifyInstance } from 'fastify';
import { aclRefusal } from './acl.ts';
import type { Buckets } from './buckets.ts';
import { pathParameter } from './parameters.ts';

/** The ACL methods, to say why they are refused. */
export function addAclRoutes(app: FastifyInstance, buckets: Buckets): void {
  for (const collection of ['acl', 'defaultObjectAcl', 'o/:object/acl']) {
    const subject = collection.startsWith('o/') ? 'object' : 'bucket';
    for (const url of [
      `/storage/v1/b/:bucket/${collection}`,
      `/storage/v1/b/:bucket/${collection}/:entity`,
    ]) {
      app.route({
        method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
        url,
        handler: async (request) => {
          const { settings } = buckets.get(pathParameter(request, 'bucket'));
          const reads = request.method === 'GET' || request.method === 'HEAD';
          const refusal = reads
            ? `Cannot get legacy ACL for ${subject === 'object' ? 'an object' : 'a bucket'}`
            : `Cannot use ACL API to update ${subject} policy`;
          throw aclRefusal(settings, refusal);
        },
      });
    }
  }
}

import type { FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import type { Buckets } from './buckets.ts';
import { parameter, pathParameter } from './parameters.ts';

/**
 * Refuses a request for objects of a requester-pays bucket that names no project to bill
 * (https://cloud.google.com/storage/docs/requester-pays). The bucket itself can be read and changed without.
 * @throws GoogleApiError 400 with reason `required`
 */
export function checkBilling(request: FastifyRequest, buckets: Buckets): void {
  const bucket = buckets.find(pathParameter(request, 'bucket'));
  if (!bucket?.settings.billing?.requesterPays || !/\/o(\/|$)|xml/.test(request.routeOptions.url ?? ''))
    return;
  // Whoever knows the address of an upload under way has paid with its start.
  if (parameter(request, 'upload_id') !== undefined) return;
  if (parameter(request, 'userProject') ?? request.headers['x-goog-user-project']) return;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    'Bucket is a requester pays bucket but no user project provided.',
    { reason: 'required' },
  );
}

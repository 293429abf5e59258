import type { FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import type { BucketSettings } from './bucket-settings.ts';
import type { JsonObject } from './merge-patch.ts';
import { parameter } from './parameters.ts';

const PARAMETERS = ['predefinedAcl', 'predefinedDefaultObjectAcl', 'destinationPredefinedAcl'];
const FIELDS = ['acl', 'defaultObjectAcl'];

/**
 * Why the local cloud does not do what a request asks of an ACL. Uniform bucket-level access switches ACLs off; without
 * it Google has them, and the local cloud has not.
 * @param refusal what Google says of such a request under uniform access, up to `when`
 */
export function aclRefusal(
  settings: Pick<BucketSettings, 'iamConfiguration'>,
  refusal: string,
): GoogleApiError {
  if (!settings.iamConfiguration.uniformBucketLevelAccess.enabled) {
    return new GoogleApiError(
      'UNIMPLEMENTED',
      'The local cloud has no ACLs: use uniform bucket-level access.',
    );
  }
  return new GoogleApiError(
    'INVALID_ARGUMENT',
    `${refusal} when uniform bucket-level access is enabled. Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access`,
  );
}

/** Whether a request wants to write an ACL beside what else it writes. */
export function asksForAcl(request: FastifyRequest, resource: JsonObject): boolean {
  const hasParameter = PARAMETERS.some((name) => parameter(request, name) !== undefined);
  return hasParameter || FIELDS.some((field) => [resource[field] ?? []].flat().length > 0);
}

import { APIS, type Api } from '../apis.ts';

/** Paths of Google's own hosts, and what comes before them here: the first that fits is taken. */
const HOST_PATHS: readonly (readonly [RegExp, string])[] = [
  ...Object.values<Api>(APIS).flatMap(({ name, hostPaths }) =>
    hostPaths.map((pattern) => [pattern, name === 'storage' ? '/storage/v1' : `/${name}`] as const),
  ),
  // Cloud Storage's XML API: /BUCKET/OBJECT, and no API's path.
  [
    /^\/(?!v\d|(?:upload|batch|download|run|local)\/)[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]\/(?!v\d).+$/,
    '/storage/xml',
  ],
];

/**
 * The one address under which the local cloud serves a method, whatever way a client writes it:
 * the Terraform provider's custom endpoints have a prefix and sometimes the version twice (`/kms/v1/v1/projects/…`),
 * the official libraries have neither (`/v1/projects/…/keyRings/…`, told apart here by the collection), and a client
 * that takes the local cloud for its proxy writes the whole address (RFC 9112, section 3.2.2), host and all. Resumable
 * uploads have an address of their own in Cloud Storage's discovery document, which gcloud uses.
 */
export function canonicalUrl(address: string): string {
  const url = address.replace(/^https?:\/\/[^/?]*/i, '') || '/';
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  const query = queryAt < 0 ? '' : url.slice(queryAt);
  const once = path
    .replace(/^(\/[a-z]+\/)(v\d)\/\2\//, '$1$2/')
    .replace(/^\/resumable(?=\/upload\/storage\/)/, '');
  const [, prefix = ''] = HOST_PATHS.find(([pattern]) => pattern.test(once)) ?? [];
  return prefix + once + query;
}

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
 * uploads have an address of their own in Cloud Storage's discovery document, which gcloud uses. Cloud Run's v1 API tells
 * regions by the host; here they are in the path, `/run/REGION/apis/…`, and without one it is the local cloud's own.
 */
export function canonicalUrl(address: string): string {
  const [, host = ''] = /^https?:\/\/([^/?]*)/i.exec(address) ?? [];
  const url = address.replace(/^https?:\/\/[^/?]*/i, '') || '/';
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  const query = queryAt < 0 ? '' : url.slice(queryAt);
  const once = path
    .replace(/^(\/[a-z]+\/)(v\d)\/\2\//, '$1$2/')
    .replace(/^\/resumable(?=\/upload\/storage\/)/, '')
    // The location is in such a path itself.
    .replace(/^\/run\/[a-z0-9-]+(?=\/v\d\/)/, '/run');
  const [, prefix = ''] = HOST_PATHS.find(([pattern]) => pattern.test(once)) ?? [];
  // A slash at the end belongs to an object's name, and would be lost to the router.
  if (prefix === '/storage/xml') return prefix + once.replace(/\/$/, '%2F') + query;
  const [, region] = REGIONAL_HOST.exec(host) ?? [];
  const regional = region !== undefined && once.startsWith('/apis/serving.') ? `${prefix}/${region}` : prefix;
  return regional + once + query;
}

/** The region that gcloud puts before the host of Cloud Run's v1 API, whose paths do not name it. */
const REGIONAL_HOST = /^([a-z]+-[a-z]+\d+)-(?:run\.|\d)/i;

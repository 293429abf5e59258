/** Endpoint prefixes and the path that Google's own host has for the same API: the first that fits is taken. */
const HOSTLESS: readonly (readonly [RegExp, string])[] = [
  [/^\/apis\/serving\.knative\.dev\//, '/run'],
  [/^\/v1\/projects\/[^/]+\/locations\/[^/]+\/(keyRings)\b/, '/kms'],
  [/^\/v[12]\/projects\/[^/]+\/locations\/[^/]+\/(services|revisions|operations)\b/, '/run'],
  [/^\/v1\/projects\/[^/]+\/locations\/[^/]+\/(repositories)\b/, '/artifactregistry'],
  [/^\/v1\/projects\/[^/]+\/serviceAccounts\b/, '/iam'],
  [/^\/v1\/projects\/[^/]+\/services\b/, '/serviceusage'],
  [/^\/v1\/projects\/[^/]+\/secrets\b/, '/secretmanager'],
  [/^\/v1\/projects\/[^/:]+(:\w+)?$/, '/crm'],
  [/^\/v1\/iam:troubleshoot$/, '/policytroubleshooter'],
  [/^\/v2\/entries:list$/, '/logging'],
  // Cloud Storage's XML API: /BUCKET/OBJECT, and no API's path.
  [
    /^\/(?!v\d|(?:upload|batch|download|run)\/)[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]\/(?!v\d).+$/,
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
  const [, prefix = ''] = HOSTLESS.find(([pattern]) => pattern.test(once)) ?? [];
  return prefix + once + query;
}

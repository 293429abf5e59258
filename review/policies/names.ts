import type { DeploymentPolicy, Violation } from './policy.ts';
import type { ReviewedApp } from './reviewed-app.ts';

/** What a name may look like. */
export interface NameRule {
  /** In words, as Google documents it. */
  readonly allowed: string;
  readonly accepts: (name: string) => boolean;
}

const rule = (pattern: RegExp, allowed: string): NameRule => ({
  allowed,
  accepts: (name) => pattern.test(name),
});

const kmsId = rule(/^[a-zA-Z0-9_-]{1,63}$/, '1 to 63 letters, digits, underscores and hyphens');

/** The names that Google limits, by resource type and argument. */
export const NAMES: Readonly<Record<string, Readonly<Record<string, NameRule>>>> = {
  /** https://cloud.google.com/artifact-registry/docs/repositories/create-repos#rules. */
  google_artifact_registry_repository: {
    repository_id: rule(
      /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
      '1 to 63 lowercase letters, digits and hyphens, starting with a letter, not ending in a hyphen',
    ),
  },
  /** https://cloud.google.com/run/docs/deploying: fewer than 50 characters. */
  google_cloud_run_service: {
    name: rule(
      /^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/,
      '1 to 49 lowercase letters, digits and hyphens, starting with a letter, not ending in a hyphen',
    ),
  },
  /** https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings/create. */
  google_kms_crypto_key: { name: kmsId },
  google_kms_key_ring: { name: kmsId },
  /** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts. */
  google_service_account: {
    account_id: rule(
      /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
      '6 to 30 lowercase letters, digits and hyphens, starting with a letter, not ending in a hyphen',
    ),
    display_name: { allowed: 'up to 100 bytes of UTF-8', accepts: (name) => Buffer.byteLength(name) <= 100 },
  },
  /** https://cloud.google.com/storage/docs/buckets#naming. */
  google_storage_bucket: {
    name: {
      allowed:
        '3 to 63 lowercase letters, digits, hyphens, underscores and dots (up to 222 with dots, each part up to 63), ' +
        'starting and ending with a letter or digit, not an IP address, without the prefix "goog" and the word "google"',
      accepts: (name) =>
        /^[a-z0-9][a-z0-9_.-]{1,220}[a-z0-9]$/.test(name) &&
        name.split('.').every((part) => /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/.test(part)) &&
        !/^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(name) &&
        !/^goog|g[o0]{2}gle/.test(name),
    },
  },
  /** https://cloud.google.com/storage/docs/objects#naming. */
  google_storage_bucket_object: {
    name: {
      allowed:
        '1 to 1024 bytes of UTF-8 without line breaks, not ".", "..", or below ".well-known/acme-challenge/"',
      accepts: (name) =>
        name.length > 0 &&
        name.isWellFormed() &&
        Buffer.byteLength(name) <= 1024 &&
        !/[\r\n]|^\.{1,2}$|^\.well-known\/acme-challenge\//.test(name),
    },
  },
};

/** How things may be called. */
export const namePolicies: readonly DeploymentPolicy[] = [
  {
    id: 'names-within-limits',
    severity: 'error',
    reason: 'Google refuses a name beyond its limits in the middle of a deployment, when half of it is made.',
    fix: 'Choose a name that is allowed.',
    violations: ({ resources }) => resources.flatMap(badNames),
  },
];

function badNames(resource: ReviewedApp['resources'][number]): Violation[] {
  return Object.entries(NAMES[resource.type] ?? {}).flatMap(([argument, { allowed, accepts }]) => {
    const name = resource.known[argument];
    if (typeof name !== 'string' || accepts(name)) return [];
    return [{ at: resource, found: `${argument} is ${JSON.stringify(name)}, allowed: ${allowed}` }];
  });
}

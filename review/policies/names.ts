import type { Rule as SettingRule } from '../../settings/rule.ts';
import {
  bucketNameRule,
  kmsIdRule,
  objectNameRule,
  serviceAccountNameRule,
  serviceNameRule,
} from '../../settings/rules.ts';
import { holdsExpression } from './arguments.ts';
import type { DeploymentPolicy, Violation } from './policy.ts';
import type { ReviewedApp } from './reviewed-app.ts';

type Rule = Pick<SettingRule, 'allowed' | 'accepts'>;

/** https://cloud.google.com/artifact-registry/docs/repositories/create-repos#rules. */
const repositoryIdRule: Rule = {
  allowed: '1 to 63 lowercase letters, digits and hyphens, starting with a letter, not ending in a hyphen',
  accepts: (value) => /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value),
};

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts. */
const displayNameRule: Rule = {
  allowed: 'up to 100 bytes of UTF-8',
  accepts: (value) => Buffer.byteLength(value) <= 100,
};

/** The names that Google limits, by resource type and argument. */
const NAMES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  google_artifact_registry_repository: { repository_id: repositoryIdRule },
  google_cloud_run_service: { name: serviceNameRule },
  google_kms_crypto_key: { name: kmsIdRule },
  google_kms_key_ring: { name: kmsIdRule },
  google_service_account: { account_id: serviceAccountNameRule, display_name: displayNameRule },
  google_storage_bucket: { name: bucketNameRule },
  google_storage_bucket_object: { name: objectNameRule },
};

/** How things may be called. */
export const namePolicies: readonly DeploymentPolicy[] = [
  {
    id: 'names-within-limits',
    severity: 'error',
    reason: 'Google refuses a name beyond its limits in the middle of a deployment, when half of it is made.',
    fix: 'Choose a name that is allowed, in the settings or in the props of the construct.',
    violations: ({ resources }) => resources.flatMap(badNames),
  },
];

function badNames(resource: ReviewedApp['resources'][number]): Violation[] {
  return Object.entries(NAMES[resource.type] ?? {}).flatMap(([argument, { allowed, accepts }]) => {
    const name = resource.known[argument];
    if (typeof name !== 'string' || holdsExpression(name) || accepts(name)) return [];
    return [{ at: resource, found: `${argument} is ${JSON.stringify(name)}, allowed: ${allowed}` }];
  });
}

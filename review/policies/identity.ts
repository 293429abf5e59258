import { reachOf } from '../facts/role-permissions.ts';
import type { ReviewedService } from './cloud-run-services.ts';
import type { DeploymentPolicy } from './policy.ts';
import { accessOfIdentities, grantInWords, runsNoService } from './reviewed-app.ts';

/** Accounts that every project has from the start, https://cloud.google.com/iam/docs/service-account-types#default. */
const DEFAULT_ACCOUNT = /(?:-compute@developer|@appspot|@cloudbuild)\.gserviceaccount\.com$/;

/** What holds more than one key, or more than one bucket. */
const WIDE = new Set(['project', 'folder', 'organization', 'billing account', 'key ring']);

/** Basic roles, administrators and owners of anything, and whatever lets one act as a service account. */
const POWERFUL_ROLE =
  /^roles\/(?:owner|editor|viewer|.*(?:admin|owner)|iam\.(?:serviceAccount(?:OpenId)?TokenCreator|serviceAccountUser|workloadIdentityUser))$/i;

const CREDENTIAL_TYPES = new Set(['google_service_account_key', 'google_storage_hmac_key']);

/** Who a service runs as, and what that identity may never be given. */
export const identityPolicies: readonly DeploymentPolicy[] = [
  {
    id: 'identity-no-default',
    severity: 'error',
    reason:
      "The project's default service accounts are shared by whatever names no other, and often hold wide roles.",
    fix: 'Give the service a service account of its own, and grant to that.',
    violations: ({ services, access }) => [
      ...services.filter(runsAsDefault).map(({ resource, serviceAccount }) => ({
        at: resource,
        found: serviceAccount
          ? `it runs as the default account ${serviceAccount}`
          : 'it names no service account, so it runs as the default one',
      })),
      ...access
        .filter(({ principal }) => DEFAULT_ACCOUNT.test(principal))
        .map((grant) => ({ at: grant, found: grantInWords(grant) })),
    ],
  },
  {
    id: 'identity-not-shared',
    severity: 'error',
    reason: "Two services with one identity can read each other's secrets.",
    fix: 'Give each service a service account of its own.',
    violations: ({ services }) => {
      const named = services.filter((service) => !runsAsDefault(service));
      const groups = Map.groupBy(named, ({ serviceAccount }) => serviceAccount);
      return [...groups]
        .filter(([, sharing]) => sharing.length > 1)
        .flatMap(([serviceAccount, sharing]) => {
          const names = sharing.map(({ facts }) => facts.name.split('/').at(-1)).join(', ');
          return sharing.map(({ resource }) => ({
            at: resource,
            found: `${names} run as ${serviceAccount}`,
          }));
        });
    },
  },
  {
    id: 'identity-no-project-role',
    severity: 'error',
    reason:
      'A role on a project, folder, organization or key ring reaches every secret in it, now and later.',
    fix: 'Grant the role on the one key or object that the service needs.',
    violations: (app) =>
      accessOfIdentities(app)
        .filter(({ resource }) => WIDE.has(resource.kind))
        .filter(({ principal, role }) => !(runsNoService(app, principal) && reachOf(role)?.length === 0))
        .map((grant) => ({ at: grant, found: grantInWords(grant) })),
  },
  {
    id: 'identity-no-powerful-role',
    severity: 'error',
    reason:
      'An owner, editor or administrator can give itself the rest, and a token creator can become another identity.',
    fix: 'Grant a role that holds just the permission needed.',
    violations: (app) =>
      accessOfIdentities(app)
        .filter(({ role }) => POWERFUL_ROLE.test(role))
        .map((grant) => ({ at: grant, found: grantInWords(grant) })),
  },
  {
    id: 'identity-no-custom-role',
    severity: 'warning',
    reason: 'What a custom role permits is decided elsewhere and can grow after this review.',
    fix: 'Grant the predefined role that holds just the permission needed.',
    violations: (app) =>
      accessOfIdentities(app)
        .filter(({ role }) => !role.startsWith('roles/'))
        .map((grant) => ({ at: grant, found: grantInWords(grant) })),
  },
  {
    id: 'identity-no-key',
    severity: 'error',
    reason:
      'A key of a service account does not expire, lies in the Terraform state, and works for whoever copies it.',
    fix: 'Remove it: Cloud Run gives the service its credentials, and people sign in as themselves or impersonate.',
    violations: ({ resources }) =>
      resources
        .filter(({ type }) => CREDENTIAL_TYPES.has(type))
        .map((at) => ({ at, found: `${at.type} makes a lasting credential` })),
  },
];

function runsAsDefault({ serviceAccount }: ReviewedService): boolean {
  return serviceAccount === undefined || DEFAULT_ACCOUNT.test(serviceAccount);
}

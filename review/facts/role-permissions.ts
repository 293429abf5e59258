import { ROLE_PERMISSIONS } from '@cloud-run-identity/iam-roles';

/**
 * What a predefined role brings, sorted.
 *
 * @returns null for a role that is not known with all of its permissions: custom roles, and broad ones
 */
export function permissionsOf(role: string): readonly string[] | null {
  return Object.hasOwn(ROLE_PERMISSIONS, role) ? (ROLE_PERMISSIONS[role] ?? []).toSorted() : null;
}

const each = (prefix: string, verbs: string) => verbs.split(' ').map((verb) => `${prefix}.${verb}`);

const CHANGE_STORAGE = ['storage.buckets.setIamPolicy'];
const CHANGE_KMS = each('cloudkms', 'cryptoKeys.setIamPolicy keyRings.setIamPolicy');
const CHANGE_ACCOUNTS = ['iam.serviceAccounts.setIamPolicy'];
const CHANGE_ALL = each(
  'resourcemanager',
  'projects.setIamPolicy folders.setIamPolicy organizations.setIamPolicy',
);
const PUSH = ['artifactregistry.repositories.uploadArtifacts'];

/** Whoever runs a job with arguments and variables of its own runs what it likes as the job's identity. */
const OVERRIDE = 'run.jobs.runWithOverrides';

/** Broad roles, with those of their permissions alone that may end at a secret. */
const BROAD_ROLES: Readonly<Record<string, readonly string[]>> = {
  'roles/artifactregistry.admin': PUSH,
  'roles/artifactregistry.reader': [],
  'roles/artifactregistry.repoAdmin': PUSH,
  'roles/artifactregistry.writer': PUSH,
  'roles/cloudkms.admin': CHANGE_KMS,
  'roles/cloudkms.cryptoKeyDecrypterViaDelegation': ['cloudkms.cryptoKeyVersions.useToDecrypt'],
  'roles/cloudkms.cryptoKeyEncrypterDecrypterViaDelegation': ['cloudkms.cryptoKeyVersions.useToDecrypt'],
  'roles/cloudkms.cryptoKeyEncrypterViaDelegation': [],
  'roles/cloudkms.cryptoOperator': ['cloudkms.cryptoKeyVersions.useToDecrypt'],
  'roles/cloudkms.importer': [],
  'roles/cloudkms.publicKeyViewer': [],
  'roles/cloudkms.viewer': [],
  // Not the permission itself: a new bucket lets the project's editors read its objects.
  'roles/editor': ['storage.objects.get', 'iam.serviceAccounts.actAs', OVERRIDE, ...PUSH],
  'roles/iam.securityAdmin': [...CHANGE_STORAGE, ...CHANGE_KMS, ...CHANGE_ACCOUNTS, ...CHANGE_ALL],
  'roles/iam.serviceAccountAdmin': CHANGE_ACCOUNTS,
  'roles/iam.serviceAccountKeyAdmin': ['iam.serviceAccountKeys.create'],
  'roles/iam.serviceAccountOpenIdTokenCreator': [],
  'roles/iam.serviceAccountViewer': [],
  'roles/iam.workloadIdentityUser': ['iam.serviceAccounts.getAccessToken'],
  'roles/logging.logWriter': [],
  'roles/logging.viewer': [],
  'roles/monitoring.metricWriter': [],
  'roles/monitoring.viewer': [],
  'roles/owner': [
    'storage.objects.get',
    'cloudkms.cryptoKeyVersions.useToDecrypt',
    'iam.serviceAccounts.actAs',
    'iam.serviceAccountKeys.create',
    'run.routes.invoke',
    OVERRIDE,
    ...PUSH,
    ...CHANGE_STORAGE,
    ...CHANGE_KMS,
    ...CHANGE_ACCOUNTS,
    ...CHANGE_ALL,
  ],
  'roles/resourcemanager.folderAdmin': CHANGE_ALL,
  'roles/resourcemanager.folderIamAdmin': CHANGE_ALL,
  'roles/resourcemanager.organizationAdmin': CHANGE_ALL,
  'roles/resourcemanager.projectIamAdmin': CHANGE_ALL,
  'roles/run.admin': ['run.routes.invoke', 'run.services.setIamPolicy', OVERRIDE],
  'roles/run.developer': [OVERRIDE],
  'roles/run.jobsExecutor': [],
  'roles/run.jobsExecutorWithOverrides': [OVERRIDE],
  'roles/run.servicesInvoker': ['run.routes.invoke'],
  'roles/run.viewer': [],
  'roles/storage.admin': ['storage.objects.get', ...CHANGE_STORAGE],
  'roles/storage.bucketViewer': [],
  'roles/storage.legacyBucketOwner': CHANGE_STORAGE,
  'roles/storage.legacyBucketWriter': [],
  'roles/storage.legacyObjectOwner': ['storage.objects.get'],
  'roles/viewer': ['storage.objects.get'],
};

/**
 * What a role brings of the permissions that may end at a secret; a known role's are all of its own.
 *
 * @returns null for a role that this review does not know: it may bring anything
 */
export function reachOf(role: string): readonly string[] | null {
  return permissionsOf(role) ?? (Object.hasOwn(BROAD_ROLES, role) ? (BROAD_ROLES[role] ?? []) : null);
}

/**
 * The permissions of a role that come to nothing where it is granted: those that Google checks on the project, and,
 * under a condition that names one object, everything that is not checked on that object. Listing is checked on
 * the bucket: https://cloud.google.com/storage/docs/access-control/iam-json.
 */
export function permissionsWithoutEffect(
  permissions: readonly string[],
  granted: { readonly kind: string; readonly onOneObject: boolean },
): string[] {
  if (['project', 'folder', 'organization'].includes(granted.kind)) return [];
  const ofTheProject = /^(?:resourcemanager|orgpolicy)\.|^cloudkms\.locations\.|^iam\.serviceAccounts\.list$/;
  const ofTheObject = /^storage\.objects\.(?!list$)/;
  return permissions.filter(
    (permission) => ofTheProject.test(permission) || (granted.onOneObject && !ofTheObject.test(permission)),
  );
}

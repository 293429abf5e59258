const each = (prefix: string, verbs: string) => verbs.split(' ').map((verb) => `${prefix}.${verb}`);

const PROJECT = each('resourcemanager.projects', 'get list');
const KMS_EVERYWHERE = [...each('cloudkms.locations', 'get list'), 'resourcemanager.projects.get'];
const STORAGE_READ = [
  ...each('storage.folders', 'get list'),
  ...each('storage.managedFolders', 'get list'),
  ...each('storage.objects', 'get list'),
];
const STORAGE_WRITE = [
  'orgpolicy.policy.get',
  ...each('storage.folders', 'create delete rename'),
  ...each('storage.managedFolders', 'create delete'),
  ...each('storage.multipartUploads', 'abort create list listParts'),
  ...each('storage.objects', 'create delete move restore update'),
];

const ROLE_PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  'roles/cloudkms.cryptoKeyDecrypter': ['cloudkms.cryptoKeyVersions.useToDecrypt', ...KMS_EVERYWHERE],
  'roles/cloudkms.cryptoKeyEncrypter': ['cloudkms.cryptoKeyVersions.useToEncrypt', ...KMS_EVERYWHERE],
  'roles/cloudkms.cryptoKeyEncrypterDecrypter': [
    ...each('cloudkms.cryptoKeyVersions', 'useToDecrypt useToEncrypt'),
    ...KMS_EVERYWHERE,
  ],
  'roles/iam.serviceAccountTokenCreator': [
    ...each(
      'iam.serviceAccounts',
      'get getAccessToken getOpenIdToken implicitDelegation list signBlob signJwt',
    ),
    ...PROJECT,
  ],
  'roles/iam.serviceAccountUser': [...each('iam.serviceAccounts', 'actAs get list'), ...PROJECT],
  'roles/run.invoker': ['run.routes.invoke'],
  'roles/storage.legacyBucketReader': [
    'storage.buckets.get',
    ...each('storage.managedFolders', 'get list'),
    'storage.multipartUploads.list',
    'storage.objects.list',
  ],
  'roles/storage.legacyObjectReader': ['storage.objects.get'],
  'roles/storage.objectAdmin': [
    ...STORAGE_READ,
    ...STORAGE_WRITE,
    ...each('storage.objects', 'getIamPolicy overrideUnlockedRetention setIamPolicy setRetention'),
    ...PROJECT,
  ],
  'roles/storage.objectCreator': [
    'orgpolicy.policy.get',
    ...each('storage', 'folders.create managedFolders.create'),
    ...each('storage.multipartUploads', 'abort create listParts'),
    ...each('storage.objects', 'create createContext'),
    ...PROJECT,
  ],
  'roles/storage.objectUser': [...STORAGE_READ, ...STORAGE_WRITE, ...PROJECT],
  'roles/storage.objectViewer': [...STORAGE_READ, ...PROJECT],
};

/**
 * What a predefined role brings, sorted, from https://cloud.google.com/iam/docs/roles-permissions. The table holds
 * the roles that this project grants and those that one would grant in their place.
 *
 * @returns null for any other role: custom roles, and broad ones that are not worth their thousands of permissions
 */
export function permissionsOf(role: string): readonly string[] | null {
  return Object.hasOwn(ROLE_PERMISSIONS, role) ? (ROLE_PERMISSIONS[role] ?? []).toSorted() : null;
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

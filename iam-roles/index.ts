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

/**
 * Predefined roles with every permission that each brings, from https://cloud.google.com/iam/docs/roles-permissions: those
 * that are granted to a service and its callers, and those that one would grant in their place. Broad roles, with their
 * thousands of permissions, and custom roles are not among them.
 */
export const ROLE_PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
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
  'roles/iam.workloadIdentityUser': each('iam.serviceAccounts', 'get getAccessToken getOpenIdToken list'),
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

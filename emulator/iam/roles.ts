import { ROLE_PERMISSIONS } from '@cloud-run-identity/iam-roles';

const each = (prefix: string, verbs: string) => verbs.split(' ').map((verb) => `${prefix}.${verb}`);

const PROJECT_GET = ['resourcemanager.projects.get'];
const PROJECT = ['resourcemanager.projects.get', 'resourcemanager.projects.list'];

const KMS_LOCATIONS = each('cloudkms.locations', 'get list');
const KMS_READ = [
  ...each('cloudkms.keyRings', 'get list'),
  ...each('cloudkms.cryptoKeys', 'get list'),
  ...each('cloudkms.cryptoKeyVersions', 'get list'),
  ...KMS_LOCATIONS,
];
const KMS_WRITE = [
  'cloudkms.keyRings.create',
  ...each('cloudkms.cryptoKeys', 'create update'),
  ...each('cloudkms.cryptoKeyVersions', 'create destroy restore update'),
];
const KMS_POLICY = [
  ...each('cloudkms.keyRings', 'getIamPolicy setIamPolicy'),
  ...each('cloudkms.cryptoKeys', 'getIamPolicy setIamPolicy'),
];
const KMS_USE = each('cloudkms.cryptoKeyVersions', 'useToEncrypt useToDecrypt');

const FOLDERS_READ = each('storage.managedFolders', 'get list');
const OBJECTS_READ = [...each('storage.objects', 'get list'), ...FOLDERS_READ];
const OBJECTS_WRITE = each('storage.objects', 'create delete update restore');
const OBJECTS_POLICY = each('storage.objects', 'getIamPolicy setIamPolicy');
const BUCKETS_OF_PROJECT = [...each('storage.buckets', 'create delete list'), 'storage.anywhereCaches.list'];
const BUCKETS = [...BUCKETS_OF_PROJECT, ...each('storage.buckets', 'get update getIamPolicy setIamPolicy')];

const RUN_READ = [
  ...each('run.services', 'get list getIamPolicy'),
  ...each('run.revisions', 'get list'),
  'run.operations.get',
];
const RUN_WRITE = [...each('run.services', 'create update delete'), 'run.revisions.delete'];

const REGISTRY_READ = [
  ...each('artifactregistry.repositories', 'get list downloadArtifacts'),
  ...each('artifactregistry.locations', 'get list'),
];
const REGISTRY_ADMIN = each(
  'artifactregistry.repositories',
  'create update delete getIamPolicy setIamPolicy uploadArtifacts deleteArtifacts',
);

const ACCOUNTS_READ = each('iam.serviceAccounts', 'get list');
const ACCOUNTS_ADMIN = each(
  'iam.serviceAccounts',
  'create update delete enable disable getIamPolicy setIamPolicy',
);
const SERVICES = each('serviceusage.services', 'enable disable use');

const SECRETS_READ = [
  ...each('secretmanager.secrets', 'get list getIamPolicy'),
  ...each('secretmanager.versions', 'get list'),
];
const SECRETS_ADMIN = [
  ...SECRETS_READ,
  ...each('secretmanager.secrets', 'create delete update setIamPolicy'),
  ...each('secretmanager.versions', 'add access enable disable destroy'),
];

const ROLES_READ = each('iam.roles', 'get list');
const ROLES_ADMIN = [...ROLES_READ, ...each('iam.roles', 'create update delete undelete')];
const DENY_READ = each('iam.denypolicies', 'get list');
const POOLS_READ = [
  ...each('iam.workloadIdentityPools', 'get list'),
  ...each('iam.workloadIdentityPoolProviders', 'get list'),
];
const POOLS_ADMIN = [
  ...POOLS_READ,
  ...each('iam.workloadIdentityPools', 'create delete undelete update'),
  ...each('iam.workloadIdentityPoolProviders', 'create delete undelete update'),
];
/** Who may see every policy. */
const POLICIES_READ = [
  ...each('cloudkms.cryptoKeys', 'getIamPolicy list'),
  ...each('cloudkms.keyRings', 'getIamPolicy list'),
  ...each('storage.buckets', 'getIamPolicy list'),
  ...each('iam.serviceAccounts', 'getIamPolicy list'),
  ...each('run.services', 'getIamPolicy list'),
  ...each('artifactregistry.repositories', 'getIamPolicy list'),
  ...each('secretmanager.secrets', 'getIamPolicy list'),
  ...each('resourcemanager.projects', 'getIamPolicy list'),
  'resourcemanager.organizations.getIamPolicy',
  ...ROLES_READ,
  ...DENY_READ,
];

/** Kinds of Kubernetes objects, as the permissions of GKE name them. */
const CLUSTER_KINDS = [
  ...[
    'namespaces',
    'pods',
    'services',
    'serviceAccounts',
    'configMaps',
    'events',
    'deployments',
    'replicaSets',
  ],
  ...['horizontalPodAutoscalers', 'podDisruptionBudgets', 'networkPolicies', 'nodes'],
];
const CLUSTER_READ = [
  ...CLUSTER_KINDS.flatMap((kind) => each(`container.${kind}`, 'get list')),
  ...each('container.clusters', 'get list'),
  'container.deployments.getScale',
];
const CLUSTER_WRITE = [
  ...CLUSTER_KINDS.flatMap((kind) => each(`container.${kind}`, 'create delete update')),
  'container.deployments.updateScale',
  'container.pods.getLogs',
  'container.services.proxy',
];

const BUILDS_READ = each('cloudbuild.builds', 'get list');
const BUILDS_WRITE = each('cloudbuild.builds', 'create update');

const VIEWER = [
  ...PROJECT,
  ...ROLES_READ,
  ...POOLS_READ,
  ...KMS_READ,
  'storage.buckets.list',
  ...RUN_READ.filter((permission) => !permission.endsWith('IamPolicy')),
  ...REGISTRY_READ,
  ...BUILDS_READ,
  ...ACCOUNTS_READ,
  ...each('serviceusage.services', 'get list'),
  ...CLUSTER_READ,
];
const EDITOR = [
  ...VIEWER,
  ...KMS_WRITE,
  ...BUCKETS_OF_PROJECT,
  ...RUN_WRITE,
  'run.routes.invoke',
  ...REGISTRY_ADMIN.filter((permission) => !permission.endsWith('IamPolicy')),
  ...BUILDS_WRITE,
  ...each('iam.serviceAccounts', 'actAs create update delete'),
  ...SERVICES,
  ...CLUSTER_WRITE,
];
const OWNER = [
  ...EDITOR,
  ...KMS_USE,
  ...KMS_POLICY,
  ...SECRETS_ADMIN,
  ...each('run.services', 'getIamPolicy setIamPolicy'),
  ...each('artifactregistry.repositories', 'getIamPolicy setIamPolicy'),
  ...ACCOUNTS_ADMIN,
  ...ROLES_ADMIN,
  ...POOLS_ADMIN,
  ...each('resourcemanager.projects', 'getIamPolicy setIamPolicy'),
  'logging.privateLogEntries.list',
];

/**
 * The predefined roles that the local cloud knows. Those that stand here bring the permissions of the services that it
 * has; the others are whole.
 * Source: https://cloud.google.com/iam/docs/roles-permissions and, for why the basic roles bring no access to
 * objects by themselves, https://cloud.google.com/storage/docs/access-control/iam-roles#basic-roles.
 */
export const ROLES: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    ...ROLE_PERMISSIONS,
    'roles/owner': OWNER,
    'roles/editor': EDITOR,
    'roles/viewer': VIEWER,
    'roles/cloudkms.admin': [...KMS_READ, ...KMS_WRITE, ...KMS_POLICY, ...PROJECT_GET],
    'roles/cloudkms.viewer': [...KMS_READ, ...PROJECT_GET],
    'roles/storage.admin': [...BUCKETS, ...OBJECTS_READ, ...OBJECTS_WRITE, ...OBJECTS_POLICY, ...PROJECT],
    'roles/storage.legacyBucketWriter': [
      'storage.buckets.get',
      ...each('storage.objects', 'create delete list restore'),
      ...FOLDERS_READ,
    ],
    'roles/storage.legacyBucketOwner': [
      ...each('storage.buckets', 'get update getIamPolicy setIamPolicy'),
      ...each('storage.objects', 'create delete list restore'),
      ...FOLDERS_READ,
    ],
    'roles/storage.legacyObjectOwner': each('storage.objects', 'get update getIamPolicy setIamPolicy'),
    'roles/run.admin': [
      ...RUN_READ,
      ...RUN_WRITE,
      'run.services.setIamPolicy',
      'run.routes.invoke',
      ...PROJECT,
    ],
    'roles/run.developer': [...RUN_READ, ...RUN_WRITE, ...PROJECT],
    'roles/run.viewer': [...RUN_READ, ...PROJECT],
    'roles/artifactregistry.admin': [...REGISTRY_READ, ...REGISTRY_ADMIN, ...PROJECT],
    'roles/artifactregistry.writer': [
      ...REGISTRY_READ,
      'artifactregistry.repositories.uploadArtifacts',
      ...PROJECT,
    ],
    'roles/artifactregistry.reader': [...REGISTRY_READ, ...PROJECT],
    'roles/cloudbuild.builds.editor': [...BUILDS_READ, ...BUILDS_WRITE, ...PROJECT],
    'roles/cloudbuild.builds.viewer': [...BUILDS_READ, ...PROJECT],
    'roles/iam.serviceAccountAdmin': [...ACCOUNTS_READ, ...ACCOUNTS_ADMIN, ...PROJECT],
    'roles/iam.serviceAccountViewer': [...ACCOUNTS_READ, 'iam.serviceAccounts.getIamPolicy', ...PROJECT],
    'roles/container.admin': [...CLUSTER_READ, ...CLUSTER_WRITE, ...PROJECT],
    'roles/container.developer': [...CLUSTER_READ, ...CLUSTER_WRITE, ...PROJECT],
    'roles/container.viewer': [...CLUSTER_READ, ...PROJECT],
    'roles/container.clusterViewer': [...each('container.clusters', 'get list'), ...PROJECT],
    'roles/secretmanager.admin': [...SECRETS_ADMIN, ...PROJECT],
    'roles/secretmanager.viewer': [...SECRETS_READ, ...PROJECT],
    'roles/secretmanager.secretAccessor': ['secretmanager.versions.access', ...PROJECT],
    'roles/secretmanager.secretVersionAdder': ['secretmanager.versions.add', ...PROJECT],
    'roles/serviceusage.serviceUsageAdmin': [
      ...each('serviceusage.services', 'get list'),
      ...SERVICES,
      ...PROJECT,
    ],
    'roles/logging.privateLogViewer': ['logging.privateLogEntries.list', ...PROJECT],
    'roles/iam.roleAdmin': [...ROLES_ADMIN, ...PROJECT, 'resourcemanager.projects.getIamPolicy'],
    'roles/iam.organizationRoleAdmin': [...ROLES_ADMIN, ...PROJECT, 'resourcemanager.organizations.get'],
    'roles/iam.organizationRoleViewer': [...ROLES_READ, ...PROJECT, 'resourcemanager.organizations.get'],
    'roles/iam.denyAdmin': [...DENY_READ, ...each('iam.denypolicies', 'create update delete')],
    'roles/iam.denyReviewer': DENY_READ,
    'roles/iam.securityReviewer': [...POLICIES_READ, ...PROJECT],
    'roles/iam.securityAdmin': [
      ...POLICIES_READ,
      ...each('resourcemanager.projects', 'get setIamPolicy'),
      'resourcemanager.organizations.setIamPolicy',
    ],
    'roles/iam.workloadIdentityPoolAdmin': [...POOLS_ADMIN, ...PROJECT],
    'roles/iam.workloadIdentityPoolViewer': [...POOLS_READ, ...PROJECT],
    'roles/resourcemanager.organizationAdmin': [
      ...each('resourcemanager.organizations', 'get getIamPolicy setIamPolicy'),
      ...each('resourcemanager.projects', 'get getIamPolicy list setIamPolicy'),
    ],
    'roles/browser': [...PROJECT, 'resourcemanager.projects.getIamPolicy'],
  }).map(([role, permissions]) => [role, new Set(permissions)]),
);

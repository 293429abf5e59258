/** An API of Google's that the local cloud has. Its handlers are registered in assemble.ts. */
export interface Api {
  /** What its addresses in the local cloud begin with, `/NAME/v1/…`. */
  readonly name: string;
  /** The service that a project must have enabled for it, and its title in the refusal. @default always on */
  readonly service?: { readonly name: string; readonly title: string };
  /** Its paths at Google's own host, where no name comes first; told apart by the collection. */
  readonly hostPaths: readonly RegExp[];
  /** Its discovery documents in discovery/, which say what its methods take. */
  readonly documents: readonly string[];
  /** What comes after the local cloud's address in the Terraform provider's GOOGLE_…_CUSTOM_ENDPOINT, by that name. */
  readonly terraform: Readonly<Record<string, string>>;
  /** The same in gcloud's CLOUDSDK_API_ENDPOINT_OVERRIDES_…. */
  readonly gcloud: Readonly<Record<string, string>>;
}

const service = (name: string, title: string) => ({ name: `${name}.googleapis.com`, title });

/** Every API of the local cloud. A path that several have is the first one's. */
export const APIS = {
  kms: {
    name: 'kms',
    service: service('cloudkms', 'Cloud Key Management Service (KMS) API'),
    hostPaths: [/^\/v1\/projects\/[^/]+\/locations\/[^/]+\/keyRings\b/],
    documents: ['cloudkms.v1'],
    terraform: { KMS: 'kms/v1/' },
    gcloud: { CLOUDKMS: '' },
  },
  run: {
    name: 'run',
    service: service('run', 'Cloud Run Admin API'),
    hostPaths: [
      /^\/apis\/serving\.knative\.dev\//,
      /^\/v[12]\/projects\/[^/]+\/locations\/[^/]+\/(services|revisions|operations)\b/,
    ],
    documents: ['run.v1', 'run.v2'],
    // The provider puts the location in where it belongs.
    terraform: { CLOUD_RUN: 'run/{{location}}/', CLOUD_RUN_V2: 'run/v2/' },
    gcloud: { RUN: '' },
  },
  artifactRegistry: {
    name: 'artifactregistry',
    service: service('artifactregistry', 'Artifact Registry API'),
    hostPaths: [/^\/v1\/projects\/[^/]+\/locations\/[^/]+\/repositories\b/],
    documents: ['artifactregistry.v1'],
    terraform: { ARTIFACT_REGISTRY: 'artifactregistry/v1/' },
    gcloud: { ARTIFACTREGISTRY: '' },
  },
  cloudBuild: {
    name: 'cloudbuild',
    service: service('cloudbuild', 'Cloud Build API'),
    hostPaths: [/^\/v1\/projects\/[^/]+\/(locations\/[^/]+\/)?builds\b/],
    documents: ['cloudbuild.v1'],
    terraform: {},
    gcloud: { CLOUDBUILD: '' },
  },
  iamCredentials: {
    name: 'iamcredentials',
    service: service('iamcredentials', 'IAM Service Account Credentials API'),
    hostPaths: [/^\/v1\/projects\/-\/serviceAccounts\/[^/]+:generate/],
    documents: ['iamcredentials.v1'],
    terraform: { IAM_CREDENTIALS: 'iamcredentials/v1/' },
    gcloud: { IAMCREDENTIALS: '' },
  },
  iam: {
    name: 'iam',
    service: service('iam', 'Identity and Access Management (IAM) API'),
    hostPaths: [
      /^\/v1\/projects\/[^/]+\/(serviceAccounts|roles)\b/,
      /^\/v1\/(organizations\/[^/]+\/)?roles\b/,
      /^\/v1\/projects\/[^/]+\/locations\/[^/]+\/workloadIdentityPools\b/,
      /^\/v2\/policies\//,
    ],
    documents: ['iam.v1', 'iam.v2'],
    // Version 7 of the provider makes service accounts at the second.
    terraform: { IAM: 'iam/v1/', IAM_BETA: 'iam/v1/', IAM2: 'iam/v2/' },
    gcloud: { IAM: '' },
  },
  sts: {
    name: 'sts',
    service: service('sts', 'Security Token Service API'),
    hostPaths: [/^\/v1\/token$/],
    documents: [],
    terraform: {},
    gcloud: { STS: '' },
  },
  serviceUsage: {
    name: 'serviceusage',
    hostPaths: [/^\/v1\/projects\/[^/]+\/services\b/],
    documents: ['serviceusage.v1'],
    terraform: { SERVICE_USAGE: 'serviceusage/v1/' },
    gcloud: { SERVICEUSAGE: '' },
  },
  secretManager: {
    name: 'secretmanager',
    service: service('secretmanager', 'Secret Manager API'),
    hostPaths: [/^\/v1\/projects\/[^/]+\/secrets\b/],
    documents: ['secretmanager.v1'],
    terraform: { SECRET_MANAGER: 'secretmanager/v1/' },
    gcloud: { SECRETMANAGER: '' },
  },
  resourceManager: {
    name: 'crm',
    hostPaths: [/^\/v[13]\/projects(:search|\/[^/:]+(:\w+)?)?$/, /^\/v[13]\/organizations\/[^/:]+(:\w+)?$/],
    documents: ['cloudresourcemanager.v1', 'cloudresourcemanager.v3'],
    terraform: {
      RESOURCE_MANAGER: 'crm/v1/',
      CLOUD_RESOURCE_MANAGER: 'crm/v1/',
      RESOURCE_MANAGER_V3: 'crm/v3/',
    },
    gcloud: { CLOUDRESOURCEMANAGER: '' },
  },
  policyTroubleshooter: {
    name: 'policytroubleshooter',
    service: service('policytroubleshooter', 'Policy Troubleshooter API'),
    hostPaths: [/^\/v[13]\/iam:troubleshoot$/],
    documents: ['policytroubleshooter.v1', 'policytroubleshooter.v3'],
    terraform: {},
    gcloud: { POLICYTROUBLESHOOTER: '' },
  },
  logging: {
    name: 'logging',
    service: service('logging', 'Cloud Logging API'),
    hostPaths: [/^\/v2\/entries:list$/],
    documents: ['logging.v2'],
    terraform: { LOGGING: 'logging/v2/' },
    gcloud: { LOGGING: '' },
  },
  storage: {
    name: 'storage',
    service: service('storage', 'Cloud Storage JSON API'),
    // What Node's library puts before the paths where STORAGE_EMULATOR_HOST is set: nothing.
    hostPaths: [/^\/b(?=[/?]|$)/],
    documents: [],
    terraform: { STORAGE: 'storage/v1/' },
    gcloud: { STORAGE: 'storage/v1/' },
  },
} as const satisfies Readonly<Record<string, Api>>;

/** Services that a project can enable although nothing of them is here: what needs them otherwise could not be deployed. */
const OTHER_SERVICES =
  'binaryauthorization cloudapis cloudasset cloudbilling cloudresourcemanager compute container dns iap monitoring orgpolicy pubsub servicemanagement servicenetworking serviceusage storage-api storage-component vpcaccess';

/** The names of the services that a project of the local cloud can enable, sorted. */
export const SERVICES: readonly string[] = [
  ...Object.values<Api>(APIS).flatMap((api) => api.service?.name ?? []),
  ...OTHER_SERVICES.split(' ').map((name) => `${name}.googleapis.com`),
].sort();

/**
 * The names of what else the Terraform provider can be pointed at, of version 6.50. It is pointed at addresses where
 * nothing is: what is not emulated must not reach Google by mistake.
 */
export const OTHER_TERRAFORM_ENDPOINTS: readonly string[] = `
ACCESS_APPROVAL ACCESS_CONTEXT_MANAGER ACTIVE_DIRECTORY ALLOYDB APIGEE APIHUB APIKEYS APP_ENGINE APPHUB
ASSURED_WORKLOADS BACKUP_DR BEYONDCORP BIG_QUERY BIGLAKE BIGQUERY_ANALYTICS_HUB BIGQUERY_CONNECTION
BIGQUERY_DATA_TRANSFER BIGQUERY_DATAPOLICY BIGQUERY_RESERVATION BIGTABLE BILLING BINARY_AUTHORIZATION
BLOCKCHAIN_NODE_ENGINE CERTIFICATE_MANAGER CHRONICLE CLOUD_ASSET CLOUD_BILLING CLOUD_BUILD CLOUD_FUNCTIONS
CLOUD_IDENTITY CLOUD_IDS CLOUD_QUOTAS CLOUD_SCHEDULER CLOUD_TASKS CLOUDBUILDV2 CLOUDDEPLOY CLOUDDOMAINS
CLOUDFUNCTIONS2 COLAB COMPOSER COMPUTE CONTACT_CENTER_INSIGHTS CONTAINER_ANALYSIS CONTAINER_ATTACHED
CONTAINER_AWS CONTAINER_AZURE CONTAINER CORE_BILLING DATA_CATALOG DATA_FUSION DATA_LOSS_PREVENTION
DATA_PIPELINE DATABASE_MIGRATION_SERVICE DATAFLOW DATAPLEX DATAPROC DATAPROC_GDC DATAPROC_METASTORE DATASTREAM
DEPLOYMENT_MANAGER DEVELOPER_CONNECT DIALOGFLOW DIALOGFLOW_CX DISCOVERY_ENGINE DNS DOCUMENT_AI
DOCUMENT_AI_WAREHOUSE EDGECONTAINER EDGENETWORK ESSENTIAL_CONTACTS EVENTARC FILESTORE FIREBASE_APP_CHECK
FIREBASE_APP_HOSTING FIREBASE_DATA_CONNECT FIREBASERULES FIRESTORE GEMINI GKE_BACKUP GKE_HUB2 GKE_HUB
GKEONPREM HEALTHCARE IAM3 IAM_WORKFORCE_POOL IAP IDENTITY_PLATFORM INTEGRATION_CONNECTORS
INTEGRATIONS LOOKER LUSTRE MANAGED_KAFKA MEMCACHE MEMORYSTORE MIGRATION_CENTER ML_ENGINE MODEL_ARMOR
MODEL_ARMOR_GLOBAL MONITORING NETAPP NETWORK_CONNECTIVITY NETWORK_MANAGEMENT NETWORK_SECURITY NETWORK_SERVICES
NOTEBOOKS ORACLE_DATABASE ORG_POLICY OS_CONFIG OS_CONFIG_V2 OS_LOGIN PARALLELSTORE PARAMETER_MANAGER
PARAMETER_MANAGER_REGIONAL PRIVATECA PRIVILEGED_ACCESS_MANAGER PUBLIC_CA PUBSUB PUBSUB_LITE
RECAPTCHA_ENTERPRISE REDIS SECRET_MANAGER_REGIONAL SECURE_SOURCE_MANAGER SECURITY_CENTER
SECURITY_CENTER_MANAGEMENT SECURITY_CENTER_V2 SECURITYPOSTURE SERVICE_MANAGEMENT SERVICE_NETWORKING
SITE_VERIFICATION SOURCE_REPO SPANNER SQL STORAGE_BATCH_OPERATIONS STORAGE_CONTROL STORAGE_INSIGHTS
STORAGE_TRANSFER TAGS TAGS_LOCATION TPU TRANSCODER VERTEX_AI VMWAREENGINE VPC_ACCESS WORKBENCH WORKFLOWS`
  .trim()
  .split(/\s+/);

import * as options from './option-rules.ts';
import { flag, type Rule } from './rule.ts';
import * as rules from './rules.ts';

/** One thing that may be set. Types, checks, docs/settings.md, its JSON Schema and the review are made from it. */
export interface Setting<Value = unknown, Default extends string | undefined = string | undefined> {
  /** Overrides the key in the context of cdktf.json. @default it has none: it stands in a list */
  readonly variable?: string;
  readonly rule: Rule<Value>;
  /**
   * The value when none is set; `<name>` stands for the value of that setting, `<suffix>` for `-ENVIRONMENT` where
   * there are environments. @default none: the thing is off
   */
  readonly default: Default;
  /** The same in the list `services`. @default as for a single one */
  readonly listed?: string;
  /** What it is, for docs/settings.md and for editors; may hold Markdown links into that page. */
  readonly what: string;
}

/** Settings by their key in the context of cdktf.json. */
export type Table = Readonly<Record<string, Setting>>;

/** The values of a table's settings: optional where there is no default. */
export type ValuesOf<T extends Table> = {
  readonly [Name in keyof T as T[Name]['default'] extends string ? Name : never]: ValueOf<T[Name]>;
} & {
  readonly [Name in keyof T as T[Name]['default'] extends string ? never : Name]?: ValueOf<T[Name]>;
};

type ValueOf<S> = S extends Setting<infer Value> ? Value : never;

function setting<Value>(
  variable: string | undefined,
  rule: Rule<Value>,
  fallback: string | { readonly single: string; readonly listed: string },
  what: string,
): Setting<Value, string> {
  const defaults =
    typeof fallback === 'string' ? { default: fallback } : { ...fallback, default: fallback.single };
  return {
    ...(variable && { variable }),
    rule,
    default: defaults.default,
    ...('listed' in defaults && { listed: defaults.listed }),
    what,
  };
}

function optional<Value>(
  variable: string | undefined,
  rule: Rule<Value>,
  what: string,
): Setting<Value, undefined> {
  return { ...(variable && { variable }), rule, default: undefined, what };
}

/** The project id of a fresh clone: good for `cdktf synth`, not for `cdktf deploy`. */
export const SAMPLE_PROJECT_ID = 'sample-project';

const IMAGE = '<region>-docker.pkg.dev/<projectPath>/<imageRepositoryName>/<imageName>:latest';
const KEY_ID = 'projects/<projectId>/locations/<keyLocation>/keyRings/<keyRingName>/cryptoKeys/<keyName>';

/** What all services share. */
export const SHARED = {
  projectId: setting(
    'GCP_PROJECT_ID',
    rules.projectIdRule,
    SAMPLE_PROJECT_ID,
    'The project that everything is made in. The default is good for looking, not for deploying.',
  ),
  region: setting(
    'GCP_REGION',
    rules.regionRule,
    'us-central1',
    'Region of the services, the bucket and the image repository.',
  ),
  newLocations: optional(
    'GCP_NEW_LOCATIONS',
    options.newLocationsRule,
    'Locations that Google has and this program does not know yet: a list.',
  ),
  bucketName: setting(
    'GCS_BUCKET_NAME',
    rules.bucketNameRule,
    '<projectId>-cloudrun-identity<suffix>',
    'The bucket to make for the encrypted secrets.',
  ),
  existingBucketName: optional(
    'GCS_EXISTING_BUCKET_NAME',
    rules.bucketNameRule,
    'A bucket to use instead, of any project. [Bring your own](#bring-your-own)',
  ),
  keyRingName: setting(
    'GCP_KMS_KEYRING',
    rules.kmsIdRule,
    'cloudrun-secrets<suffix>',
    'The key ring to make.',
  ),
  keyLocation: setting(
    'GCP_KMS_LOCATION',
    rules.keyLocationRule,
    'global',
    'Where the key ring is: `global`, a multi-region or a region.',
  ),
  adoptExistingKey: setting(
    'GCP_KMS_ADOPT_EXISTING',
    flag,
    'false',
    'Take over key rings and keys that exist already. [Adopt](#adopt-an-existing-key)',
  ),
  stateDirectory: optional(
    'TERRAFORM_STATE_DIRECTORY',
    rules.filePathRule,
    "A folder for Terraform's state, instead of this one and of any bucket. `npm run deploy:local` uses it.",
  ),
  stateBucket: optional(
    'GCS_STATE_BUCKET',
    rules.bucketNameRule,
    "The bucket that holds Terraform's state; without it a file in this folder does. [State](#state)",
  ),
  statePrefix: setting(
    'GCS_STATE_PREFIX',
    options.statePrefixRule,
    '<projectId>',
    'Where in that bucket. Two deployments that share a bucket need two prefixes.',
  ),
  dataAccessLogs: setting(
    'GCP_DATA_ACCESS_LOGS',
    flag,
    'false',
    'Log every use of keys and objects of the project. [Data access logs](#data-access-logs-and-the-alert)',
  ),
  decryptAlertChannel: optional(
    'GCP_DECRYPT_ALERT_CHANNEL',
    options.notificationChannelRule,
    'Notification channel that is told when anyone but the service decrypts: `projects/P/notificationChannels/N`.',
  ),
  storageKeyName: optional(
    'GCP_KMS_STORAGE_KEYNAME',
    rules.kmsIdRule,
    'A key to make and to encrypt bucket and image repository with. [Customer-managed encryption](#customer-managed-encryption)',
  ),
  accessLogBucket: optional(
    'GCS_ACCESS_LOG_BUCKET',
    rules.bucketNameRule,
    'An existing bucket that receives the usage logs of ours. [Access logs](#access-logs-of-the-bucket)',
  ),
  imageBuild: setting(
    'GCP_IMAGE_BUILD',
    options.imageBuildRule,
    'none',
    'Who builds the image: `none` (it is there already), `docker` or `cloud-build`. [The image](image.md)',
  ),
  imageRepositoryName: setting(
    'GCP_IMAGE_REPOSITORY',
    rules.repositoryNameRule,
    'cloud-run-identity<suffix>',
    'The Artifact Registry repository to make for images.',
  ),
  serviceEntry: setting(
    'SERVICE_ENTRY',
    rules.filePathRule,
    'service/server.ts',
    'The program that the services run, in this project: bundler, image, `npm start` and the local cloud take it. [Your app](image.md#another-entry)',
  ),
  secretSchema: setting(
    'SECRET_SCHEMA',
    rules.filePathRule,
    'service/config-schema.ts',
    'The JSON Schema of the first secret, which the commands check it with: a JSON file, or a module that exports `configSchema`.',
  ),
  binaryAuthorization: optional(
    'GCP_BINARY_AUTHORIZATION',
    options.binaryAuthorizationRule,
    'The policy that images must satisfy: `default` or `projects/P/platforms/cloudRun/policies/POLICY`.',
  ),
  vpcSubnetwork: optional(
    'GCP_VPC_SUBNETWORK',
    options.vpcSubnetworkRule,
    'Subnetwork that the services send traffic through. [VPC egress](#vpc-egress)',
  ),
  vpcEgress: setting(
    'GCP_VPC_EGRESS',
    options.vpcEgressRule,
    'private-ranges-only',
    'What goes through it: `private-ranges-only` or `all-traffic`.',
  ),
  reloadSeconds: optional(
    'GCP_RELOAD_SECONDS',
    options.secondsRule,
    "Seconds between two looks for a new secret; without it the service's own 900. [Rotation](rotation.md)",
  ),
  maxStaleSeconds: optional(
    'GCP_MAX_STALE_SECONDS',
    options.secondsRule,
    'For how long a secret is used that could not be confirmed; without it for ever.',
  ),
  telemetryEndpoint: optional(
    'GCP_TELEMETRY_ENDPOINT',
    options.telemetryEndpointRule,
    'OpenTelemetry collector for metrics and traces, by OTLP over HTTP.',
  ),
  googleClients: setting(
    'GCP_GOOGLE_CLIENTS',
    options.googleClientsRule,
    'direct',
    "How the service calls Google's APIs: `direct` REST, or Google's `official` clients, which start slower and know proxies.",
  ),
  googleProviderVersion: optional(
    'GOOGLE_PROVIDER_VERSION',
    options.googleProviderVersionRule,
    "Version of Terraform's Google provider: from 6.50.0 on, or 7.x; without it that of the package, 6.50.0. A state that 7.x has written does not go back.",
  ),
  cluster: optional(
    'GKE_CLUSTER',
    options.clusterRule,
    'The cluster of services whose `platform` is `gke`: `projects/P/locations/L/clusters/NAME`. [GKE](gke.md)',
  ),
  kubeContext: optional(
    'GKE_KUBE_CONTEXT',
    options.kubeContextRule,
    'A context of the kubeconfig that KUBE_CONFIG_PATH names, to reach the cluster by; without it by what Google says of the cluster.',
  ),
  strictPolicies: setting(
    'STRICT_POLICIES',
    flag,
    'false',
    "Whether a policy's warning fails the synthesis too.",
  ),
} satisfies Table;

/** What each entry of the list `services` may have for itself. There, `serviceName` is `name`. */
export const SERVICE = {
  serviceName: setting(
    'GCP_SERVICE_NAME',
    rules.serviceNameRule,
    'cloudrun-identity<suffix>',
    'Name of the Cloud Run service. In a list: `name`.',
  ),
  platform: setting(
    'GCP_PLATFORM',
    options.platformRule,
    'cloud-run',
    'What runs it: `cloud-run` or `gke`. [GKE](gke.md)',
  ),
  namespace: optional(
    'GKE_NAMESPACE',
    options.namespaceRule,
    "Its namespace on GKE, which is made; without it one of the service's name. Who may create Pods there runs as the service.",
  ),
  imageName: setting(
    'GCP_IMAGE_NAME',
    rules.imageNameRule,
    { single: 'cloudrun-identity', listed: '<serviceName>' },
    'Name of its image in the image repository.',
  ),
  image: setting(
    'GCP_IMAGE',
    rules.imageRule,
    IMAGE,
    'Full image reference, in place of `imageName`. Best with a digest.',
  ),
  serviceAccountName: setting(
    'GCP_SA_NAME',
    rules.serviceAccountNameRule,
    { single: 'cloud-run-identity<suffix>', listed: '<serviceName>' },
    "Its identity: the service account's email before the @.",
  ),
  serviceAccountEmail: optional(
    'GCP_SA_EMAIL',
    rules.serviceAccountEmailRule,
    'A service account to run as instead, which exists already. [Bring your own](#bring-your-own)',
  ),
  objectName: setting(
    'GCS_OBJECT_NAME',
    rules.objectNameRule,
    { single: 'config.enc', listed: '<serviceName>.enc' },
    'The object that it reads.',
  ),
  encryptedConfigFile: setting(
    'ENCRYPTED_CONFIG_FILE',
    rules.filePathRule,
    { single: 'config<suffix>.enc', listed: '<serviceName><suffix>.enc' },
    'The file that the first deployment uploads as that object.',
  ),
  keyName: setting(
    'GCP_KMS_KEYNAME',
    rules.kmsIdRule,
    { single: 'cloudrun-identity', listed: '<serviceName>' },
    'The key to make for it.',
  ),
  keyId: setting(
    'GCP_KMS_KEY_ID',
    rules.keyIdRule,
    KEY_ID,
    'A key to use instead, of any project. [Bring your own](#bring-your-own)',
  ),
  public: setting('GCP_PUBLIC', flag, 'false', 'Whether anyone may open the page without signing in.'),
  revealValues: setting(
    'GCP_REVEAL_VALUES',
    flag,
    'false',
    'Whether the page shows the password. Refused together with `public`.',
  ),
  cpu: setting(
    'GCP_CPU',
    options.cpuRule,
    '1',
    'CPUs of one instance. [What fits together](#cpu-and-memory)',
  ),
  memory: setting('GCP_MEMORY', options.memoryRule, '512Mi', 'Memory of one instance.'),
  concurrency: setting(
    'GCP_CONCURRENCY',
    options.concurrencyRule,
    '80',
    'Requests that one instance serves at a time.',
  ),
  timeoutSeconds: setting('GCP_TIMEOUT_SECONDS', options.timeoutRule, '60', 'How long one request may take.'),
  minInstances: setting(
    'GCP_MIN_INSTANCES',
    options.minInstancesRule,
    '0',
    'Instances that are kept running without requests, up to 1000.',
  ),
  maxInstances: setting(
    'GCP_MAX_INSTANCES',
    options.maxInstancesRule,
    '3',
    'Instances that there may be at most, 1 to 1000.',
  ),
  cpuAlwaysAllocated: setting(
    'GCP_CPU_ALWAYS_ALLOCATED',
    flag,
    'false',
    'Whether an instance has its CPU between requests, too.',
  ),
  startupCpuBoost: setting('GCP_STARTUP_CPU_BOOST', flag, 'true', 'More CPU while an instance starts.'),
  executionEnvironment: setting(
    'GCP_EXECUTION_ENVIRONMENT',
    options.executionEnvironmentRule,
    'gen2',
    'What runs the container: `gen1` or `gen2`.',
  ),
  ingress: setting(
    'GCP_INGRESS',
    options.ingressRule,
    'all',
    'From where it can be reached: `all`, `internal` or `internal-and-cloud-load-balancing`.',
  ),
  customAudiences: optional(
    'GCP_CUSTOM_AUDIENCES',
    options.customAudiencesRule,
    'Audiences of ID tokens that it accepts besides its own addresses: a list.',
  ),
  environmentVariables: optional(
    'GCP_ENVIRONMENT_VARIABLES',
    options.environmentVariablesRule,
    'More variables of its container: an object. Not the place for a secret.',
  ),
  labels: optional('GCP_LABELS', options.labelsRule, 'Labels of the service besides `app`: an object.'),
  calls: optional(
    'GCP_CALLS',
    options.callsRule,
    'Names of the services of the list that it calls as itself. [Calls](#services-that-call-each-other)',
  ),
} satisfies Table;

/** What each entry of the list `secrets` may have. There, `secretName` is `name`. */
export const SECRET = {
  secretName: setting(
    undefined,
    rules.secretNameRule,
    '',
    'Name of the secret in its service; it makes the variable `SECRET_NAME`.',
  ),
  format: setting(undefined, options.formatRule, 'json', 'What is in it: `json`, `text` or `bytes`.'),
  objectName: setting(
    undefined,
    rules.objectNameRule,
    { single: '<secretName>.enc', listed: '<serviceName>-<secretName>.enc' },
    'The object of its own.',
  ),
  encryptedFile: setting(
    undefined,
    rules.filePathRule,
    { single: '<secretName><suffix>.enc', listed: '<serviceName>-<secretName><suffix>.enc' },
    'The file that the first deployment uploads as that object.',
  ),
  keyName: setting(undefined, rules.kmsIdRule, '<serviceName>-<secretName>', 'The key to make for it.'),
  keyId: setting(undefined, rules.keyIdRule, KEY_ID, 'A key to use instead, of any project.'),
} satisfies Table;

/** The lists, and the settings that hold more settings. */
export const LISTS = {
  services: {
    variable: 'GCP_SERVICES',
    what: 'A list of services instead of a single one. The variable holds the same list as JSON.',
  },
  secrets: {
    variable: 'GCP_SECRETS',
    what: 'More secrets of the service: a list. The variable holds the same list as JSON. [Several secrets](#several-secrets)',
  },
  environments: {
    variable: undefined,
    what: 'Settings that differ, by environment. [Environments](#environments)',
  },
} as const;

/** Chooses one of the environments. */
export const ENVIRONMENT_VARIABLE = 'GCP_ENVIRONMENT';

/** How a setting is called inside a list. */
export function keyOf(name: string): string {
  return name === 'serviceName' || name === 'secretName' ? 'name' : name;
}

/** Every setting that holds one value and may stand at the top of the context. */
export const TOP_LEVEL = { ...SHARED, ...SERVICE } satisfies Table;

import * as options from './option-rules.ts';
import * as rules from './rules.ts';

/** Where a setting comes from, and what it may look like. */
export interface SettingSource {
  /** Overrides the key of the same name in the context of cdktf.json. */
  readonly environmentVariable: string;
  readonly rule: rules.Rule;
  /** The value when none is set; `<name>` stands for the value of that setting. @default none: the thing is off */
  readonly default?: string;
}

function source(environmentVariable: string, rule: rules.Rule, fallback: string) {
  return { environmentVariable, rule, default: fallback };
}

function optional(environmentVariable: string, rule: rules.Rule) {
  return { environmentVariable, rule, default: undefined };
}

/** The project id of a fresh clone: good for `cdktf synth`, not for `cdktf deploy`. */
export const SAMPLE_PROJECT_ID = 'sample-project';

/** The Artifact Registry repository that the foundation stack makes for the services' images. */
export const IMAGE_REPOSITORY_NAME = 'cloud-run-identity';

const IMAGE = `<region>-docker.pkg.dev/<projectId>/${IMAGE_REPOSITORY_NAME}/<imageName>:latest`;
const KEY_ID = 'projects/<projectId>/locations/<keyLocation>/keyRings/<keyRingName>/cryptoKeys/<keyName>';

/** The settings that each entry of the list `services` may have for itself. There, `serviceName` is `name`. */
export const SERVICE_SETTING_SOURCES = {
  serviceName: source('GCP_SERVICE_NAME', rules.serviceNameRule, 'cloudrun-identity'),
  imageName: source('GCP_IMAGE_NAME', rules.imageNameRule, 'cloudrun-identity'),
  image: source('GCP_IMAGE', rules.imageRule, IMAGE),
  serviceAccountName: source('GCP_SA_NAME', rules.serviceAccountNameRule, 'cloud-run-identity'),
  objectName: source('GCS_OBJECT_NAME', rules.objectNameRule, 'config.enc'),
  encryptedConfigFile: source('ENCRYPTED_CONFIG_FILE', rules.filePathRule, 'config.enc'),
  keyName: source('GCP_KMS_KEYNAME', rules.kmsIdRule, 'cloudrun-identity'),
  keyId: source('GCP_KMS_KEY_ID', options.keyIdRule, KEY_ID),
  public: source('GCP_PUBLIC', rules.booleanRule, 'false'),
  revealValues: source('GCP_REVEAL_VALUES', rules.booleanRule, 'false'),
  minInstances: source('GCP_MIN_INSTANCES', options.minInstancesRule, '0'),
  maxInstances: source('GCP_MAX_INSTANCES', options.maxInstancesRule, '3'),
} as const satisfies Record<string, SettingSource>;

/** The settings that all services share. */
export const SHARED_SETTING_SOURCES = {
  projectId: source('GCP_PROJECT_ID', rules.projectIdRule, SAMPLE_PROJECT_ID),
  region: source('GCP_REGION', rules.regionRule, 'us-central1'),
  bucketName: source('GCS_BUCKET_NAME', rules.bucketNameRule, '<projectId>-cloudrun-identity'),
  existingBucketName: optional('GCS_EXISTING_BUCKET_NAME', rules.bucketNameRule),
  keyRingName: source('GCP_KMS_KEYRING', rules.kmsIdRule, 'cloudrun-secrets'),
  keyLocation: source('GCP_KMS_LOCATION', rules.keyLocationRule, 'global'),
  adoptExistingKey: source('GCP_KMS_ADOPT_EXISTING', rules.booleanRule, 'false'),
  stateDirectory: optional('TERRAFORM_STATE_DIRECTORY', rules.filePathRule),
  stateBucket: optional('GCS_STATE_BUCKET', rules.bucketNameRule),
  statePrefix: source('GCS_STATE_PREFIX', options.statePrefixRule, '<projectId>'),
  dataAccessLogs: source('GCP_DATA_ACCESS_LOGS', rules.booleanRule, 'false'),
  decryptAlertChannel: optional('GCP_DECRYPT_ALERT_CHANNEL', options.notificationChannelRule),
  storageKeyName: optional('GCP_KMS_STORAGE_KEYNAME', rules.kmsIdRule),
  accessLogBucket: optional('GCS_ACCESS_LOG_BUCKET', rules.bucketNameRule),
  imageBuild: source('GCP_IMAGE_BUILD', options.imageBuildRule, 'none'),
  binaryAuthorization: optional('GCP_BINARY_AUTHORIZATION', options.binaryAuthorizationRule),
  vpcSubnetwork: optional('GCP_VPC_SUBNETWORK', options.vpcSubnetworkRule),
  vpcEgress: source('GCP_VPC_EGRESS', options.vpcEgressRule, 'private-ranges-only'),
  reloadSeconds: optional('GCP_RELOAD_SECONDS', options.secondsRule),
  maxStaleSeconds: optional('GCP_MAX_STALE_SECONDS', options.secondsRule),
  telemetryEndpoint: optional('GCP_TELEMETRY_ENDPOINT', options.telemetryEndpointRule),
  googleClients: source('GCP_GOOGLE_CLIENTS', options.googleClientsRule, 'direct'),
  strictPolicies: source('STRICT_POLICIES', rules.booleanRule, 'false'),
} as const satisfies Record<string, SettingSource>;

/** Every setting that holds one value: its key in the context of cdktf.json, where it comes from and its rule. */
export const SETTING_SOURCES = { ...SHARED_SETTING_SOURCES, ...SERVICE_SETTING_SOURCES };

/** The key of a setting of one service. */
export type ServiceSettingName = keyof typeof SERVICE_SETTING_SOURCES;

/** The key of one setting in the context of cdktf.json. */
export type SettingName = keyof typeof SETTING_SOURCES;

/** The setting that lists several services instead of one: a list in cdktf.json, the same as JSON in the variable. */
export const SERVICES = { setting: 'services', environmentVariable: 'GCP_SERVICES' } as const;

/** What a listed service's settings are when it does not set them. The others are as for a single service. */
export const LISTED_SERVICE_DEFAULTS: Partial<Record<ServiceSettingName, string>> = {
  imageName: '<serviceName>',
  serviceAccountName: '<serviceName>',
  objectName: '<serviceName>.enc',
  encryptedConfigFile: '<serviceName>.enc',
  keyName: '<serviceName>',
};

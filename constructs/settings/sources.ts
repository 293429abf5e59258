import {
  booleanRule,
  bucketNameRule,
  filePathRule,
  imageNameRule,
  imageRule,
  keyLocationRule,
  kmsIdRule,
  objectNameRule,
  projectIdRule,
  type Rule,
  regionRule,
  serviceAccountNameRule,
  serviceNameRule,
} from './rules.ts';

/** Where a setting comes from besides its default, and what it may look like. */
export interface SettingSource {
  /** Overrides the key of the same name in the context of cdktf.json. */
  readonly environmentVariable: string;
  readonly rule: Rule;
}

const source = (environmentVariable: string, rule: Rule): SettingSource => ({ environmentVariable, rule });

/** Every setting: its key in the context of cdktf.json, its environment variable and its rule. */
export const SETTING_SOURCES = {
  projectId: source('GCP_PROJECT_ID', projectIdRule),
  region: source('GCP_REGION', regionRule),
  serviceName: source('GCP_SERVICE_NAME', serviceNameRule),
  imageName: source('GCP_IMAGE_NAME', imageNameRule),
  image: source('GCP_IMAGE', imageRule),
  serviceAccountName: source('GCP_SA_NAME', serviceAccountNameRule),
  bucketName: source('GCS_BUCKET_NAME', bucketNameRule),
  objectName: source('GCS_OBJECT_NAME', objectNameRule),
  keyRingName: source('GCP_KMS_KEYRING', kmsIdRule),
  keyName: source('GCP_KMS_KEYNAME', kmsIdRule),
  keyLocation: source('GCP_KMS_LOCATION', keyLocationRule),
  encryptedConfigFile: source('ENCRYPTED_CONFIG_FILE', filePathRule),
  public: source('GCP_PUBLIC', booleanRule),
  revealValues: source('GCP_REVEAL_VALUES', booleanRule),
} as const satisfies Record<string, SettingSource>;

/** The key of one setting in the context of cdktf.json. */
export type SettingName = keyof typeof SETTING_SOURCES;

import { resolve } from 'node:path';
import { type SettingOrigin, settingOrigins } from './origins.ts';
import { rawSettings, settingNames } from './raw-settings.ts';
import { readServiceList } from './service-list.ts';
import { listedServices, type ServiceSettings, singleService } from './service-settings.ts';
import { SettingsError } from './settings-error.ts';
import { contradictions } from './shared-contradictions.ts';
import { IMAGE_REPOSITORY_NAME, SAMPLE_PROJECT_ID, SHARED_SETTING_SOURCES } from './sources.ts';
import { unknownKeyProblems } from './unknown-keys.ts';
import { derivedProblems, plainWording, ruleProblems, type SettingValues, settingValues } from './values.ts';

/**
 * Who builds the services' image: nobody here (it is in the repository already), this machine's Docker when it deploys,
 * or Cloud Build beforehand.
 */
export type ImageBuild = 'none' | 'docker' | 'cloud-build';

/** Everything that the deployments of one project can choose, valid and complete. */
export interface Settings {
  readonly projectId: string;
  readonly region: string;
  readonly bucketName: string;
  /** Whether the bucket is somebody else's: then it is granted from, and neither made nor changed. */
  readonly isExistingBucket: boolean;
  readonly keyRingName: string;
  readonly keyLocation: string;
  /** Whether key rings and keys that exist already are taken over instead of made. */
  readonly adoptExistingKey: boolean;
  /** Absolute path of the folder that Terraform keeps its state in, instead of a bucket; absent for the default. */
  readonly stateDirectory?: string;
  /** The bucket that Terraform keeps its state in; absent for a file on this machine. */
  readonly stateBucket?: string;
  /** Where in that bucket. */
  readonly statePrefix: string;
  /** Whether every use of keys and objects in the project is logged. */
  readonly dataAccessLogs: boolean;
  /** Full name of the channel that hears of foreign decryption; absent for no alert. */
  readonly decryptAlertChannel?: string;
  /** Name of the key that bucket and image repository are encrypted with; absent for Google's own keys. */
  readonly storageKeyName?: string;
  /** The bucket that receives the bucket's usage logs; absent for none. */
  readonly accessLogBucket?: string;
  readonly imageBuild: ImageBuild;
  /** The Binary Authorization policy of the services; absent for none. */
  readonly binaryAuthorization?: string;
  /** The subnetwork that the services send traffic through; absent for none. */
  readonly vpcSubnetwork?: string;
  readonly vpcEgress: 'all-traffic' | 'private-ranges-only';
  /** Seconds between two looks for a new secret; absent for the service's own 900. */
  readonly reloadSeconds?: string;
  /** For how many seconds an unconfirmed secret is used; absent for ever. */
  readonly maxStaleSeconds?: string;
  /** Where the service sends metrics and traces; absent for nowhere. */
  readonly telemetryEndpoint?: string;
  /** How the service calls Google's APIs: by direct REST, or by Google's official clients. */
  readonly googleClients: 'direct' | 'official';
  /** Name of the Artifact Registry repository of the services' images. */
  readonly imageRepositoryName: string;
  /** Whether a policy's warning fails the synthesis too. */
  readonly strictPolicies: boolean;
  /** At least one. */
  readonly services: readonly ServiceSettings[];
  /** Whether the services were listed. A single one that was not keeps its short construct paths. */
  readonly isServiceList: boolean;
  /** What whoever synthesizes should know, although nothing is wrong. */
  readonly warnings: readonly string[];
  /** Where each value came from, for a reviewer. */
  readonly origins: readonly SettingOrigin[];
}

/** Where settings are read from. */
export interface SettingsInput {
  /** The CDK's context: the object of that name in cdktf.json. */
  readonly context: Readonly<Record<string, unknown>>;
  /** The process's environment; its variables override the context, an empty one counts as not set. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the folder that `encryptedConfigFile` is relative to. */
  readonly projectRoot: string;
}

/**
 * Reads, completes and validates the settings.
 *
 * @throws SettingsError with every problem at once: values that Google would refuse, unknown context keys,
 * settings that contradict each other, and services that would share what each must have for itself.
 */
export function readSettings(input: SettingsInput): Settings {
  const raw = rawSettings(input);
  const values = settingValues({ raw });
  const list = readServiceList(input);
  const read = list ? listedServices(list, raw, input.projectRoot) : singleService(raw, input.projectRoot);
  const problems = [
    ...unknownKeyProblems(input.context),
    ...ruleProblems(SHARED_NAMES, raw),
    ...derivedProblems(SHARED_NAMES, { raw }, plainWording),
    ...contradictions(raw, values),
    ...read.problems,
  ];
  if (problems.length > 0) throw new SettingsError(problems);
  return {
    ...sharedSettings(values, input.projectRoot),
    services: read.services,
    isServiceList: list !== undefined,
    warnings: warningsOf(values),
    origins: [...settingOrigins(SHARED_NAMES, { raw }, plainWording), ...read.origins],
  };
}

const SHARED_NAMES = settingNames(SHARED_SETTING_SOURCES);

function warningsOf({ projectId }: SettingValues): string[] {
  if (projectId !== SAMPLE_PROJECT_ID) return [];
  return [
    `The project id is still the sample "${SAMPLE_PROJECT_ID}": good for looking, not for deploying. ` +
      'Set "projectId" in the context of cdktf.json, or the environment variable GCP_PROJECT_ID.',
  ];
}

function sharedSettings(values: SettingValues, projectRoot: string) {
  return {
    projectId: values.projectId,
    region: values.region,
    bucketName: values.existingBucketName ?? values.bucketName,
    isExistingBucket: values.existingBucketName !== undefined,
    keyRingName: values.keyRingName,
    keyLocation: values.keyLocation,
    adoptExistingKey: values.adoptExistingKey === 'true',
    stateDirectory: values.stateDirectory && resolve(projectRoot, values.stateDirectory),
    stateBucket: values.stateBucket,
    statePrefix: values.statePrefix,
    dataAccessLogs: values.dataAccessLogs === 'true',
    decryptAlertChannel: values.decryptAlertChannel,
    storageKeyName: values.storageKeyName,
    accessLogBucket: values.accessLogBucket,
    imageBuild: values.imageBuild as ImageBuild,
    binaryAuthorization: values.binaryAuthorization,
    vpcSubnetwork: values.vpcSubnetwork,
    vpcEgress:
      values.vpcEgress === 'all-traffic' ? ('all-traffic' as const) : ('private-ranges-only' as const),
    reloadSeconds: values.reloadSeconds,
    maxStaleSeconds: values.maxStaleSeconds,
    telemetryEndpoint: values.telemetryEndpoint,
    googleClients: values.googleClients === 'official' ? ('official' as const) : ('direct' as const),
    imageRepositoryName: IMAGE_REPOSITORY_NAME,
    strictPolicies: values.strictPolicies === 'true',
  };
}

import { resolve } from 'node:path';
import { type RawSetting, type RawSettings, rawSettings } from './raw-settings.ts';
import { SettingsError, type SettingsProblem } from './settings-error.ts';
import { SETTING_SOURCES, type SettingName } from './sources.ts';
import { unknownKeyProblems } from './unknown-keys.ts';

/** The project id of a fresh clone: good for `cdktf synth`, not for `cdktf deploy`. */
export const SAMPLE_PROJECT_ID = 'sample-project';

/** The Artifact Registry repository that the foundation stack makes for the service's images. */
export const IMAGE_REPOSITORY_NAME = 'cloud-run-identity';

/** Everything that one deployment can choose, valid and complete. */
export interface Settings {
  readonly projectId: string;
  readonly region: string;
  readonly serviceName: string;
  /** Full image reference, with tag or digest. */
  readonly image: string;
  /** The part of the service account's email before the @. */
  readonly serviceAccountName: string;
  readonly bucketName: string;
  readonly objectName: string;
  readonly keyRingName: string;
  readonly keyName: string;
  readonly keyLocation: string;
  /** Absolute path of the ciphertext that the first deployment uploads. */
  readonly encryptedConfigFile: string;
  /** Whether anyone may invoke the service without signing in. */
  readonly public: boolean;
  /** Whether the page shows every value in clear. Never together with `public`. */
  readonly revealValues: boolean;
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
 * @throws SettingsError with every problem at once: values that Google would refuse, unknown context
 * keys, and `revealValues` on a public service.
 */
export function readSettings(input: SettingsInput): Settings {
  const raw = rawSettings(input);
  const settings = withDefaults(raw, input.projectRoot);
  const problems = [
    ...unknownKeyProblems(input.context),
    ...Object.values(raw).flatMap(ruleProblem),
    ...derivedBucketNameProblem(raw, settings),
    ...revealedToEveryoneProblem(raw, settings),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function withDefaults(raw: RawSettings, projectRoot: string): Settings {
  const text = (name: SettingName, fallback: string) => raw[name]?.value ?? fallback;
  const projectId = text('projectId', SAMPLE_PROJECT_ID);
  const region = text('region', 'us-central1');
  const repository = `${region}-docker.pkg.dev/${projectId}/${IMAGE_REPOSITORY_NAME}`;
  return {
    projectId,
    region,
    serviceName: text('serviceName', 'cloudrun-identity'),
    image: text('image', `${repository}/${text('imageName', 'cloudrun-identity')}:latest`),
    serviceAccountName: text('serviceAccountName', 'cloud-run-identity'),
    bucketName: text('bucketName', `${projectId}-cloudrun-identity`),
    objectName: text('objectName', 'config.enc'),
    keyRingName: text('keyRingName', 'cloudrun-secrets'),
    keyName: text('keyName', 'cloudrun-identity'),
    keyLocation: text('keyLocation', 'global'),
    encryptedConfigFile: resolve(projectRoot, text('encryptedConfigFile', 'config.enc')),
    public: text('public', 'false') === 'true',
    revealValues: text('revealValues', 'false') === 'true',
  };
}

function ruleProblem({ name, source, got, value, fix }: RawSetting): SettingsProblem[] {
  const { rule } = SETTING_SOURCES[name];
  if (value !== undefined && rule.accepts(value)) return [];
  return [{ setting: name, source, got, allowed: rule.allowed, fix }];
}

/** A valid project id can still give an invalid bucket name, e.g. one with the word "google". */
function derivedBucketNameProblem(raw: RawSettings, { projectId, bucketName }: Settings): SettingsProblem[] {
  const { rule, environmentVariable } = SETTING_SOURCES.bucketName;
  const isProjectsFault = !SETTING_SOURCES.projectId.rule.accepts(projectId);
  if (raw.bucketName || isProjectsFault || rule.accepts(bucketName)) return [];
  const fix = `set "bucketName" in the context of cdktf.json, or ${environmentVariable}`;
  return [{ setting: 'bucketName', source: 'project id', got: bucketName, allowed: rule.allowed, fix }];
}

function revealedToEveryoneProblem(raw: RawSettings, settings: Settings): SettingsProblem[] {
  if (!(raw.revealValues && settings.public && settings.revealValues)) return [];
  return [
    {
      setting: 'revealValues',
      source: raw.revealValues.source,
      got: raw.revealValues.got,
      allowed: 'false on a public service, which would show the secret to everyone',
      fix: 'set "public" or "revealValues" to false',
    },
  ];
}

import { resolve } from 'node:path';
import type { DeploymentEnvironment } from './environments.ts';
import { type RawInput, rawSettings } from './raw-settings.ts';
import { readServices, type ServiceSettings } from './services.ts';
import type { SettingsProblem } from './settings-error.ts';
import { contradictions } from './shared-contradictions.ts';
import { deployedIn, type StateFiles, stateFilesOf } from './state-files.ts';
import { SAMPLE_PROJECT_ID, SHARED, TOP_LEVEL, type ValuesOf } from './table.ts';
import { misspeltVariableWarnings } from './unknown-variables.ts';
import { originsOf, problemsOf, type SettingOrigin, valuesOf } from './values.ts';

/** Everything that the deployments of one project can choose, valid and complete. docs/settings.md says what each is. */
export interface Settings extends ValuesOf<typeof SHARED> {
  /** The environment that they are for; absent when there are none. */
  readonly environment?: string;
  /** Names of the two stacks. */
  readonly stacks: { readonly foundation: string; readonly service: string };
  /** The bucket of the secrets, made or not. */
  readonly bucketName: string;
  /** Whether the bucket is somebody else's: then it is granted from, and neither made nor changed. */
  readonly isExistingBucket: boolean;
  /** Absolute path of the folder that Terraform keeps its state in, instead of a bucket; absent for the default. */
  readonly stateDirectory?: string;
  /** Absolute paths of the stacks' states on this machine; absent when a bucket holds them. */
  readonly stateFiles?: StateFiles;
  /** At least one. */
  readonly services: readonly ServiceSettings[];
  /** Whether the services were listed. A single one that was not keeps its short construct paths. */
  readonly isServiceList: boolean;
  /** Absolute path of the folder that images are built from, and the Dockerfile in it. */
  readonly imageContext: string;
  readonly dockerfile: string;
  /** What whoever synthesizes should know, although nothing is wrong. */
  readonly warnings: readonly string[];
  /** Where each value came from, for a reviewer. */
  readonly origins: readonly SettingOrigin[];
}

/** Where settings are read from. */
export interface SettingsInput extends Pick<RawInput, 'context' | 'environment'> {
  /** Absolute path of the folder that `encryptedConfigFile` is relative to. */
  readonly projectRoot: string;
}

/** The settings of one environment, complete, and what is wrong with them. */
export function readEnvironment(
  input: SettingsInput,
  { name, own }: DeploymentEnvironment,
): { settings: Settings; problems: SettingsProblem[] } {
  const rawInput: RawInput = { ...input, ...(own && { own }) };
  const { projectRoot } = input;
  const found = rawSettings(TOP_LEVEL, rawInput);
  const suffix = name === undefined ? '' : `-${name}`;
  const shared = { table: SHARED, raw: found, constants: { suffix } };
  const values = valuesOf(shared);
  const read = readServices(rawInput, found, shared, projectRoot);
  const stacks = {
    foundation: `cloud-run-identity-foundation${suffix}`,
    service: `cloud-run-identity${suffix}`,
  };
  const directory = values.stateDirectory && resolve(projectRoot, values.stateDirectory);
  const isLocal = directory !== undefined || values.stateBucket === undefined;
  const stateFiles = isLocal ? stateFilesOf(stacks, values.projectId, { projectRoot, directory }) : undefined;
  return {
    problems: [...problemsOf(shared), ...contradictions(shared), ...read.problems],
    settings: {
      ...values,
      ...(name !== undefined && { environment: name }),
      stacks,
      bucketName: values.existingBucketName ?? values.bucketName,
      isExistingBucket: values.existingBucketName !== undefined,
      ...(directory && { stateDirectory: directory }),
      ...(stateFiles && { stateFiles }),
      services: read.services,
      isServiceList: read.isServiceList,
      imageContext: projectRoot,
      dockerfile: 'service/Dockerfile',
      warnings: [
        ...misspeltVariableWarnings(input.environment),
        ...sampleWarnings(values),
        ...(stateFiles ? bucketWarnings(values, stateFiles) : []),
      ],
      origins: [...originsOf(shared), ...read.origins],
    },
  };
}

function sampleWarnings({ projectId }: ValuesOf<typeof SHARED>): string[] {
  if (projectId !== SAMPLE_PROJECT_ID) return [];
  return [
    `The project id is still the sample "${SAMPLE_PROJECT_ID}": good for looking, not for deploying. ` +
      'Set "projectId" in the context of cdktf.json, or the environment variable GCP_PROJECT_ID.',
  ];
}

/** A bucket cannot move, and is not made anew elsewhere: the secrets in it would be gone. */
function bucketWarnings({ region }: ValuesOf<typeof SHARED>, { service }: StateFiles): string[] {
  const made = deployedIn(service).find(({ address }) => address === 'google_storage_bucket.bucket');
  const { name, location } = made?.attributes ?? {};
  if (typeof location !== 'string' || location.toLowerCase() === region) return [];
  return [
    `The bucket ${name} stays in ${location}, whatever "region" (${region}) says: it holds the live secrets. ` +
      'docs/settings.md#move-a-bucket says how they get into another one.',
  ];
}

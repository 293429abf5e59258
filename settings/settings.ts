import { resolve } from 'node:path';
import type { DeploymentEnvironment } from './environments.ts';
import { type RawInput, rawSettings } from './raw-settings.ts';
import { readServices, type ServiceSettings } from './services.ts';
import type { SettingsProblem } from './settings-error.ts';
import { contradictions } from './shared-contradictions.ts';
import { SAMPLE_PROJECT_ID, SHARED, TOP_LEVEL, type ValuesOf } from './table.ts';
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
  return {
    problems: [...problemsOf(shared), ...contradictions(shared), ...read.problems],
    settings: {
      ...values,
      ...(name !== undefined && { environment: name }),
      stacks: {
        foundation: `cloud-run-identity-foundation${suffix}`,
        service: `cloud-run-identity${suffix}`,
      },
      bucketName: values.existingBucketName ?? values.bucketName,
      isExistingBucket: values.existingBucketName !== undefined,
      ...(values.stateDirectory && { stateDirectory: resolve(projectRoot, values.stateDirectory) }),
      services: read.services,
      isServiceList: read.isServiceList,
      imageContext: projectRoot,
      dockerfile: 'service/Dockerfile',
      warnings: warningsOf(values),
      origins: [...originsOf(shared), ...read.origins],
    },
  };
}

function warningsOf({ projectId }: ValuesOf<typeof SHARED>): string[] {
  if (projectId !== SAMPLE_PROJECT_ID) return [];
  return [
    `The project id is still the sample "${SAMPLE_PROJECT_ID}": good for looking, not for deploying. ` +
      'Set "projectId" in the context of cdktf.json, or the environment variable GCP_PROJECT_ID.',
  ];
}

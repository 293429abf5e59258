import { locationProblems } from './locations.ts';
import { problemOf, type RawSetting, type RawSettings } from './raw-settings.ts';
import type { SettingsProblem } from './settings-error.ts';
import type { SHARED, ValuesOf } from './table.ts';
import { type Scope, valuesOf } from './values.ts';

/** Shared settings that are right each for itself, but not together: they would be without effect, or do harm. */
export function contradictions(scope: Scope<typeof SHARED>): SettingsProblem[] {
  const { raw } = scope;
  const values = valuesOf(scope);
  return [
    ...locationProblems(scope, values.newLocations),
    ...withoutEffect(raw.statePrefix, values.stateBucket, 'stateBucket'),
    ...withoutEffect(raw.kubeContext, values.cluster, 'cluster'),
    ...withoutEffect(raw.vpcEgress, values.vpcSubnetwork, 'vpcSubnetwork'),
    ...projectlessPrefix(raw, values),
    ...ownBucketProblems(raw, values),
    ...foreignBucketProblems(raw),
    ...alertProblems(raw, values),
    ...subnetworkProblems(raw, values),
  ];
}
function withoutEffect(setting: RawSetting | undefined, needed: string | undefined, name: string) {
  if (!setting || needed !== undefined) return [];
  return [
    problemOf(setting, `only together with "${name}", which is not set`, `set "${name}", or ${setting.fix}`),
  ];
}

/** One prefix for two projects would let the one's deployment destroy what is the other's. */
function projectlessPrefix(
  { statePrefix }: RawSettings,
  { projectId, stateBucket }: ValuesOf<typeof SHARED>,
): SettingsProblem[] {
  if (!statePrefix?.value || stateBucket === undefined) return [];
  if (statePrefix.value.split('/').includes(projectId)) return [];
  const [from, to] = [statePrefix.value, `${statePrefix.value}/${projectId}`].map(
    (at) => `gs://${stateBucket}/${at}`,
  );
  return [
    problemOf(
      statePrefix,
      `a prefix with the project's id ("${projectId}") between slashes, so that no two projects share a state`,
      `set it to "${statePrefix.value}/${projectId}", and move the states that are there: gcloud storage mv "${from}/*" ${to}/`,
    ),
  ];
}

/** The bucket's lifecycle deletes old versions, and destroying the service's stack deletes it with its contents. */
function ownBucketProblems(raw: RawSettings, values: ValuesOf<typeof SHARED>): SettingsProblem[] {
  const bucketName = values.existingBucketName ?? values.bucketName;
  return [raw.stateBucket, raw.accessLogBucket].flatMap((other) =>
    other?.value === bucketName ? [problemOf(other, 'another bucket than that of the encrypted config')] : [],
  );
}

function foreignBucketProblems(raw: RawSettings): SettingsProblem[] {
  if (!raw.existingBucketName || !raw.accessLogBucket) return [];
  const allowed = 'only for a bucket of our own: logging of an existing one is set by those who own it';
  return [problemOf(raw.accessLogBucket, allowed)];
}

function alertProblems(raw: RawSettings, values: ValuesOf<typeof SHARED>): SettingsProblem[] {
  if (!raw.decryptAlertChannel || values.dataAccessLogs) return [];
  const allowed = 'only together with "dataAccessLogs": true, without which decryption is not logged';
  return [
    problemOf(
      raw.decryptAlertChannel,
      allowed,
      `set "dataAccessLogs" to true, or ${raw.decryptAlertChannel.fix}`,
    ),
  ];
}

function subnetworkProblems(raw: RawSettings, { region }: ValuesOf<typeof SHARED>): SettingsProblem[] {
  const [, regionOfSubnetwork] = raw.vpcSubnetwork?.value?.match(/\/regions\/([^/]+)\//) ?? [];
  if (!raw.vpcSubnetwork || !regionOfSubnetwork || regionOfSubnetwork === region) return [];
  return [problemOf(raw.vpcSubnetwork, `a subnetwork of the service's region, ${region}`)];
}

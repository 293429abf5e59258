import { problemOf } from './raw-settings.ts';
import type { SettingsProblem } from './settings-error.ts';
import type { ServiceSettingName } from './sources.ts';
import { type SettingValues, type SettingWording, settingValues, type ValueInput } from './values.ts';

/** One service's settings before they are validated, and how messages speak of them. */
export interface ServiceInput extends ValueInput {
  readonly wording: SettingWording;
}

/** Settings of one service that are right each for itself, but not together, nor with the shared ones. */
export function serviceContradictions(service: ServiceInput): SettingsProblem[] {
  const values = settingValues(service);
  return [
    ...revealedToEveryone(service, values),
    ...moreThanTheMost(service, values),
    ...keyForStorageToo(service, values),
    ...keyLoggedElsewhere(service, values),
    ...imageFromElsewhere(service, values),
  ];
}

function revealedToEveryone({ raw }: ServiceInput, values: SettingValues): SettingsProblem[] {
  if (!raw.revealValues || values.public !== 'true' || values.revealValues !== 'true') return [];
  const allowed = 'false on a public service, which would show the secret to everyone';
  return [problemOf(raw.revealValues, allowed, 'set "public" or "revealValues" to false')];
}

function moreThanTheMost({ raw }: ServiceInput, values: SettingValues): SettingsProblem[] {
  const found = raw.minInstances ?? raw.maxInstances;
  if (!found || !(Number(values.minInstances) > Number(values.maxInstances))) return [];
  const allowed = `"minInstances" (${values.minInstances}) up to "maxInstances" (${values.maxInstances})`;
  return [problemOf(found, allowed, 'lower "minInstances" or raise "maxInstances"')];
}

/** Cloud Storage would get to decrypt with it, and the service's own grant would no longer be the only one. */
function keyForStorageToo({ raw }: ServiceInput, values: SettingValues): SettingsProblem[] {
  const { projectId, region, keyRingName, storageKeyName, keyId } = values;
  const storageKeyId = `projects/${projectId}/locations/${region}/keyRings/${keyRingName}/cryptoKeys/${storageKeyName}`;
  if (!raw.storageKeyName || storageKeyId !== keyId) return [];
  return [problemOf(raw.storageKeyName, "another key than a service's: that one decrypts the secret only")];
}

function keyLoggedElsewhere({ raw, wording }: ServiceInput, values: SettingValues): SettingsProblem[] {
  if (!raw.decryptAlertChannel || !raw.keyId?.value) return [];
  if (raw.keyId.value.startsWith(`projects/${values.projectId}/`)) return [];
  const allowed = `only for keys of the project ${values.projectId}: ${wording.labelOf('keyId')} is logged in its own`;
  return [
    problemOf(
      raw.decryptAlertChannel,
      allowed,
      `have the alert in the key's project, and ${raw.decryptAlertChannel.fix}`,
    ),
  ];
}

function imageFromElsewhere({ raw }: ServiceInput, { imageBuild }: SettingValues): SettingsProblem[] {
  if (!raw.image || !['docker', 'cloud-build'].includes(imageBuild)) return [];
  const allowed = `no value together with "imageBuild": "${imageBuild}", which builds the image itself`;
  return [problemOf(raw.image, allowed, `set "imageBuild" to none, or ${raw.image.fix}`)];
}

/** What every service has for itself: shared, it would let one service read another's secret. */
const UNIQUE = [
  'serviceName',
  'serviceAccountName',
  'objectName',
  'keyId',
] as const satisfies ServiceSettingName[];

/** A problem for everything that a service shares with one before it. */
export function sharingProblems(services: readonly ServiceInput[]): SettingsProblem[] {
  const values = services.map(settingValues);
  return UNIQUE.flatMap((name) => {
    const first = new Map<string, number>();
    return services.flatMap((service, index) => {
      const value = values[index]?.[name] as string;
      const owner = first.get(value);
      if (owner === undefined) {
        first.set(value, index);
        return [];
      }
      // Services of one name share all that follows from the name: it is said once.
      const isSameName = name !== 'serviceName' && values[owner]?.serviceName === values[index]?.serviceName;
      return isSameName ? [] : [sharingProblem(name, service, services[owner] as ServiceInput, value)];
    });
  });
}

function sharingProblem(
  name: ServiceSettingName,
  { raw, wording }: ServiceInput,
  owner: ServiceInput,
  got: string,
): SettingsProblem {
  return {
    setting: wording.labelOf(name),
    source: raw[name]?.source ?? 'default',
    got,
    allowed: `one of its own: ${owner.wording.labelOf(name)} is the same`,
    fix: raw[name]?.fix ?? wording.fixOf(name),
  };
}

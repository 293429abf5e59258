import type { Settings } from './settings.ts';
import type { SettingsProblem } from './settings-error.ts';

/** What one environment has for itself: a value that says what it is in all of Google Cloud, and its setting. */
interface Own {
  readonly setting: string;
  /** What may be there only once, e.g. a service by project, region and name. */
  readonly identity: string;
  readonly got: string;
}

/** A problem for everything of an environment that one before it has, too: they would overwrite or read each other. */
export function environmentSharingProblems(environments: readonly Settings[]): SettingsProblem[] {
  const first = new Map<string, string>();
  return environments.flatMap((settings) => {
    const name = settings.environment ?? '';
    return ownOf(settings).flatMap(({ setting, identity, got }): SettingsProblem[] => {
      const key = `${setting.replace(/^services\[\d+\]\./, '')} ${identity}`;
      const owner = first.get(key) ?? name;
      first.set(key, owner);
      if (owner === name) return [];
      return [
        {
          setting: `environments.${name}.${setting}`,
          source: settings.origins.find((origin) => origin.name === setting)?.source ?? 'default',
          got,
          allowed: `one of its own: the environment ${owner} has the same`,
          fix: `set "${setting}" or "projectId" in "environments.${name}" in the context of cdktf.json`,
        },
      ];
    });
  });
}

function ownOf(settings: Settings): Own[] {
  const { projectId, region, bucketName, keyRingName, keyLocation, imageRepositoryName } = settings;
  const own = (setting: string, identity: string, got: string): Own => ({ setting, identity, got });
  const shared = [
    own('keyRingName', `${projectId} ${keyLocation} ${keyRingName}`, keyRingName),
    own('imageRepositoryName', `${projectId} ${region} ${imageRepositoryName}`, imageRepositoryName),
    ...(settings.isExistingBucket ? [] : [own('bucketName', bucketName, bucketName)]),
  ];
  return [
    ...shared,
    ...settings.services.flatMap((service, index) => {
      const at = (name: string) => (settings.isServiceList ? `services[${index}].${name}` : name);
      const { serviceName, serviceAccountEmail: email, serviceAccountName: account } = service;
      return [
        own(
          at(settings.isServiceList ? 'name' : 'serviceName'),
          `${projectId} ${region} ${serviceName}`,
          serviceName,
        ),
        own(
          at(email === undefined ? 'serviceAccountName' : 'serviceAccountEmail'),
          email ?? `${projectId} ${account}`,
          email ?? account,
        ),
        ...service.secrets.flatMap((secret, place) => {
          const of = (first: string, name: string) =>
            place === 0 ? at(first) : at(`secrets[${place - 1}].${name}`);
          return [
            own(of('keyId', 'keyId'), secret.keyId, secret.keyId),
            own(of('objectName', 'objectName'), `${bucketName} ${secret.objectName}`, secret.objectName),
            own(of('encryptedConfigFile', 'encryptedFile'), secret.encryptedFile, secret.encryptedFile),
          ];
        }),
      ];
    }),
  ];
}

import { createHash } from 'node:crypto';
import type { Settings, SettingsInput } from './settings.ts';
import { SettingsError, type SettingsProblem } from './settings-error.ts';
import { type DeployedResource, deployedIn, projectsOf } from './state-files.ts';
import { terraformName } from './terraform-names.ts';

/**
 * Refuses settings that a local state contradicts, before anything is planned: a state of another project, a bucket of
 * another name, a secret whose object would be made, and so uploaded, at another address. What a state in a bucket
 * says, only a plan can tell.
 *
 * @param environment as `process.env`: a remedy names the Terraform that is there
 * @throws SettingsError with every problem at once
 */
export function checkState(
  environments: readonly Settings[],
  environment: SettingsInput['environment'],
): void {
  const problems = environments.flatMap((settings) => stateProblems(settings, environment));
  if (problems.length > 0) throw new SettingsError(problems);
}

/** What a local state contradicts, for a command that wants to know before it deploys. */
export function stateProblems(
  settings: Settings,
  environment: SettingsInput['environment'],
): SettingsProblem[] {
  const { stateFiles } = settings;
  if (!stateFiles) return [];
  return Object.values(stateFiles).flatMap((file: string) => {
    const deployed = deployedIn(file);
    const foreign = foreignProjects(settings, file, deployed);
    return foreign.length > 0
      ? foreign
      : [
          ...renamedBucket(settings, file, deployed),
          ...movedObjects(settings, file, deployed, terraformName(environment)),
        ];
  });
}

function problem(
  settings: Settings,
  name: string,
  got: unknown,
  allowed: string,
  fix: string,
): SettingsProblem {
  const origin = settings.origins.find((one) => one.name === name || one.name.endsWith(`.${name}`));
  return { setting: origin?.name ?? name, source: origin?.source ?? 'default', got, allowed, fix };
}

function foreignProjects(
  settings: Settings,
  file: string,
  deployed: readonly DeployedResource[],
): SettingsProblem[] {
  const others = [...projectsOf(deployed)].filter((project) => project !== settings.projectId);
  if (others.length === 0) return [];
  const allowed = `${others.join(' or ')}, whose resources the state ${file} has`;
  const fix = `set "projectId" back, or take that state away: mv ${file} ${file}.${others[0]}`;
  return [problem(settings, 'projectId', settings.projectId, allowed, fix)];
}

function renamedBucket(
  settings: Settings,
  file: string,
  deployed: readonly DeployedResource[],
): SettingsProblem[] {
  if (settings.isExistingBucket) return [];
  const made = deployed.find(({ address }) => address === 'google_storage_bucket.bucket')?.attributes.name;
  if (typeof made !== 'string' || made === settings.bucketName) return [];
  const allowed = `"${made}": it holds the live secrets, as ${file} says, and is neither renamed nor replaced`;
  const fix = `set "bucketName" to "${made}"; docs/settings.md#move-a-bucket says how secrets get into another bucket`;
  return [problem(settings, 'bucketName', settings.bucketName, allowed, fix)];
}

/** An object at a new address is uploaded from its file, over whatever generation lives. */
function movedObjects(
  settings: Settings,
  file: string,
  deployed: readonly DeployedResource[],
  terraform: string,
): SettingsProblem[] {
  const wanted = new Map(
    settings.services.flatMap((service) =>
      service.secrets.map((secret, index) => [
        secret.objectName,
        {
          address: addressOf(settings, service.serviceName, secret.name, index === 0),
          name: service.serviceName,
        },
      ]),
    ),
  );
  return deployed
    .filter(({ type }) => type === 'google_storage_bucket_object')
    .flatMap(({ address, attributes: { name, bucket } }) => {
      const at = wanted.get(String(name));
      if (!at || at.address === address || bucket !== settings.bucketName) return [];
      const allowed =
        `nothing that makes the live object gs://${bucket}/${name} again: it is ${address} in ${file}, and would be ` +
        `uploaded from its file as ${at.address}`;
      const fix =
        `move it in the state: ${terraform} state mv -state=${file} ${address} ${at.address}; or give ${at.name} an ` +
        'object of another name';
      return [problem(settings, 'services', at.name, allowed, fix)];
    });
}

/** The address that cdktf gives the object of a secret: a readable part, and a hash of the construct's path. */
function addressOf(settings: Settings, service: string, secret: string, isFirst: boolean): string {
  const id = isFirst ? 'config' : `secret-${secret}`;
  const path = settings.isServiceList ? ['services', service, id] : [id];
  const hash = createHash('md5').update(path.join('/')).digest('hex').slice(0, 8).toUpperCase();
  return `google_storage_bucket_object.${path.length === 1 ? id : `${path.join('_')}_${hash}`}`;
}

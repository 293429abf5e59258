import { locationProblems } from './locations.ts';
import { mebibytesOf } from './option-rules.ts';
import { platformProblems } from './platform-problems.ts';
import { problemOf } from './raw-settings.ts';
import type { ServiceScope } from './service-scope.ts';
import type { SettingsProblem } from './settings-error.ts';
import type { SERVICE, SHARED, ValuesOf } from './table.ts';
import { fixOf, labelOf, type Scope, textOf, valuesOf } from './values.ts';

/** One service with everything that holds for it. */
interface Checked extends ServiceScope {
  readonly values: ValuesOf<typeof SERVICE>;
  readonly shared: Scope<typeof SHARED>;
  readonly common: ValuesOf<typeof SHARED>;
}

/** Settings of one service that are right each for itself, but not together, nor with the shared ones. */
export function serviceContradictions(service: ServiceScope): SettingsProblem[] {
  const shared = service.scope.parent as Scope<typeof SHARED>;
  const checked = { ...service, values: valuesOf(service.scope), shared, common: valuesOf(shared) };
  return [
    ...[checked.scope, ...checked.secrets].flatMap((scope) =>
      locationProblems(scope, checked.common.newLocations),
    ),
    ...revealedToEveryone(checked),
    ...moreThanTheMost(checked),
    ...cpuAndMemory(checked),
    ...keyForStorageToo(checked),
    ...keyLoggedElsewhere(checked),
    ...imageFromElsewhere(checked),
    ...twoAccounts(checked),
    ...platformProblems(checked.scope, checked.shared),
  ];
}

function revealedToEveryone({ scope: { raw }, values }: Checked): SettingsProblem[] {
  if (!raw.revealValues || values.public !== true || values.revealValues !== true) return [];
  const allowed = 'false on a public service, which would show the secret to everyone';
  return [problemOf(raw.revealValues, allowed, 'set "public" or "revealValues" to false')];
}

function moreThanTheMost({ scope: { raw }, values }: Checked): SettingsProblem[] {
  const found = raw.minInstances ?? raw.maxInstances;
  if (!found || !(values.minInstances > values.maxInstances)) return [];
  const allowed = `"minInstances" (${values.minInstances}) up to "maxInstances" (${values.maxInstances})`;
  return [problemOf(found, allowed, 'lower "minInstances" or raise "maxInstances"')];
}

/** The most and the least memory in MiB by CPUs, https://cloud.google.com/run/docs/configuring/services/memory-limits. */
const MEMORY_BY_CPU: readonly (readonly [cpu: number, least: number, most: number])[] = [
  [0.5, 128, 512],
  [1, 128, 1024],
  [2, 128, 4096],
  [4, 128, 8192],
  [6, 2048, 16_384],
  [8, 4096, 24_576],
  [Number.POSITIVE_INFINITY, 4096, 32_768],
];

function cpuAndMemory({ scope, values }: Checked): SettingsProblem[] {
  const { raw } = scope;
  const [cpu, memory] = [Number(values.cpu), mebibytesOf(values.memory)];
  // Kubernetes has no such table.
  if (values.platform === 'gke') return [];
  const isSet = raw.cpu ?? raw.memory ?? raw.executionEnvironment ?? raw.concurrency;
  if (!isSet || Number.isNaN(cpu) || Number.isNaN(memory)) return [];
  const [, least = 0, most = 0] = MEMORY_BY_CPU.find(([below]) => cpu < below) ?? [];
  const problems: SettingsProblem[] = [];
  if (memory < least || memory > most) {
    const allowed = `with ${cpu} CPU, memory from ${least}Mi to ${most}Mi; it is ${values.memory}`;
    problems.push(problemOf(raw.memory ?? raw.cpu ?? isSet, allowed, 'change "memory" or "cpu"'));
  }
  if (values.executionEnvironment === 'gen2' && memory < 512) {
    const allowed = `with "executionEnvironment": "gen2", memory from 512Mi; it is ${values.memory}`;
    problems.push(
      problemOf(raw.memory ?? isSet, allowed, 'raise "memory", or set "executionEnvironment" to gen1'),
    );
  }
  const isWhole =
    values.executionEnvironment === 'gen1' && values.concurrency === 1 && !values.cpuAlwaysAllocated;
  if (cpu < 1 && !isWhole) {
    const allowed = `less than 1 only with "executionEnvironment": "gen1", "concurrency": 1 and CPU between requests off`;
    problems.push(problemOf(raw.cpu ?? isSet, allowed, 'set "cpu" to 1, or these three'));
  }
  return problems;
}

/** Cloud Storage would get to decrypt with it, and the service's own grant would no longer be the only one. */
function keyForStorageToo({ scope, secrets, shared, common }: Checked): SettingsProblem[] {
  const { projectId, region, keyRingName, storageKeyName } = common;
  const storageKeyId = `projects/${projectId}/locations/${region}/keyRings/${keyRingName}/cryptoKeys/${storageKeyName}`;
  const isSecrets = [scope, ...secrets].some((one) => textOf(one, 'keyId') === storageKeyId);
  if (!shared.raw.storageKeyName || !isSecrets) return [];
  return [
    problemOf(shared.raw.storageKeyName, "another key than a service's: that one decrypts the secret only"),
  ];
}

function keyLoggedElsewhere({ scope, secrets, shared, common }: Checked): SettingsProblem[] {
  const channel = shared.raw.decryptAlertChannel;
  if (!channel) return [];
  return [scope, ...secrets]
    .filter(({ raw }) => raw.keyId?.value && !raw.keyId.value.startsWith(`projects/${common.projectId}/`))
    .map((one) => {
      const allowed = `only for keys of the project ${common.projectId}: ${labelOf(one, 'keyId')} is logged in its own`;
      return problemOf(channel, allowed, `have the alert in the key's project, and ${channel.fix}`);
    });
}

function imageFromElsewhere({ scope: { raw }, common: { imageBuild } }: Checked): SettingsProblem[] {
  if (!raw.image || !['docker', 'cloud-build'].includes(imageBuild)) return [];
  const allowed = `no value together with "imageBuild": "${imageBuild}", which builds the image itself`;
  return [problemOf(raw.image, allowed, `set "imageBuild" to none, or ${raw.image.fix}`)];
}

function twoAccounts({ scope: { raw } }: Checked): SettingsProblem[] {
  if (!raw.serviceAccountEmail || !raw.serviceAccountName) return [];
  const allowed = 'no value together with "serviceAccountEmail", an account that exists already';
  return [problemOf(raw.serviceAccountName, allowed)];
}

/** What every service, or every secret, has for itself: shared, it would let one reader read what is another's. */
export function sharingProblems(services: readonly ServiceScope[]): SettingsProblem[] {
  const scopes = services.map(({ scope }) => scope);
  const secrets = services.flatMap((service) => [service.scope, ...service.secrets]);
  return [
    ...sharedIn(scopes, 'serviceName'),
    ...sharedIn(
      scopes.filter(({ raw }) => !raw.serviceAccountEmail),
      'serviceAccountName',
    ),
    ...sharedIn(
      scopes.filter(({ raw }) => raw.serviceAccountEmail),
      'serviceAccountEmail',
    ),
    ...sharedIn(secrets, 'objectName'),
    ...sharedIn(secrets, 'keyId'),
    ...services.flatMap((service) => sharedIn(service.secrets, 'secretName')),
    ...services.flatMap((service) => firstNameTaken(service)),
  ];
}

function sharedIn(scopes: readonly Scope[], name: string): SettingsProblem[] {
  const first = new Map<string, Scope>();
  return scopes.flatMap((scope) => {
    const value = textOf(scope, name) ?? '';
    const owner = first.get(value);
    if (owner === undefined) {
      first.set(value, scope);
      return [];
    }
    // Things of one name share all that follows from the name: it is said once.
    return name !== ownName(scope) && isSameName(owner, scope)
      ? []
      : [sharingProblem(name, scope, owner, value)];
  });
}

function ownName({ table }: Scope): string {
  return Object.hasOwn(table, 'secretName') ? 'secretName' : 'serviceName';
}

function isSameName(a: Scope, b: Scope): boolean {
  return ['serviceName', 'secretName'].every((name) => textOf(a, name) === textOf(b, name));
}

function sharingProblem(name: string, scope: Scope, owner: Scope, got: string): SettingsProblem {
  return {
    setting: labelOf(scope, name),
    source: scope.raw[name]?.source ?? 'default',
    got,
    allowed: `one of its own: ${labelOf(owner, name)} is the same`,
    fix: fixOf(scope, name),
  };
}

/** The service's own secret has a name, too. */
function firstNameTaken({ secrets }: ServiceScope): SettingsProblem[] {
  return secrets.flatMap(({ raw }) =>
    raw.secretName?.value === 'config'
      ? [problemOf(raw.secretName, 'another name than "config", which the first secret has')]
      : [],
  );
}

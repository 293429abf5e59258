import { resolve } from 'node:path';
import { type List, type ListShape, readList } from './lists.ts';
import { sharedPlatformProblems } from './platform-problems.ts';
import { problemOf, type RawInput, type RawSetting, type RawSettings, rawSetting } from './raw-settings.ts';
import { callProblems } from './service-calls.ts';
import { serviceContradictions, sharingProblems } from './service-contradictions.ts';
import type { ServiceScope } from './service-scope.ts';
import type { SettingsProblem } from './settings-error.ts';
import { LISTS, SECRET, SERVICE, type SHARED, type ValuesOf } from './table.ts';
import { originsOf, problemsOf, type Scope, type SettingOrigin, valuesOf } from './values.ts';

/** One secret of a service. */
export interface SecretSettings {
  /** The first of a service is `config`. */
  readonly name: string;
  readonly objectName: string;
  /** Absolute path of the ciphertext that the first deployment uploads. */
  readonly encryptedFile: string;
  /** Full resource name of the key. */
  readonly keyId: string;
  /** The key's name in the foundation's key ring; absent when the key is somebody else's and only granted on. */
  readonly keyName?: string;
  readonly format: 'json' | 'text' | 'bytes';
}

/** What one service can choose; docs/settings.md says what each is. */
export interface ServiceSettings extends Omit<ValuesOf<typeof SERVICE>, 'keyName'> {
  /** The key's name in the foundation's key ring; absent when the key is somebody else's and only granted on. */
  readonly keyName?: string;
  /** At least one: the first is `config`, from objectName, keyId, keyName and encryptedConfigFile. */
  readonly secrets: readonly SecretSettings[];
}

/** The services' settings, what is wrong with them, and where they came from. */
export interface ReadServices {
  readonly services: readonly ServiceSettings[];
  readonly problems: readonly SettingsProblem[];
  readonly origins: readonly SettingOrigin[];
  readonly isServiceList: boolean;
}

const SECRETS: ListShape = {
  table: SECRET,
  lists: [],
  allowed: 'a list with an entry for each secret besides the first, e.g. [{"name": "tls", "format": "text"}]',
};

const SERVICES: ListShape = {
  table: SERVICE,
  lists: ['secrets'],
  allowed:
    'a list with an entry for each service, e.g. [{"name": "orders"}, {"name": "invoices", "public": true}]',
};

/** Reads the one service that the settings themselves describe, or those that they list. */
export function readServices(
  input: RawInput,
  found: RawSettings,
  shared: Scope<typeof SHARED>,
  projectRoot: string,
): ReadServices {
  const listed = rawSetting('services', LISTS.services.variable, input);
  const secrets = rawSetting('secrets', LISTS.secrets.variable, input);
  const own = Object.fromEntries(Object.entries(found).filter(([name]) => Object.hasOwn(SERVICE, name)));
  if (!listed) {
    const list = secrets && readList(secrets, SECRETS);
    const scope = { table: SERVICE, raw: own, parent: shared };
    const service = { scope, secrets: secretScopes(scope, list) };
    return complete([service], list?.problems ?? [], projectRoot, false);
  }
  const list = readList(listed, SERVICES);
  const inside: SettingsProblem[] = [];
  const services = list.entries.map(({ label, settings, lists }) => {
    const scope = {
      table: SERVICE,
      raw: settings,
      parent: shared,
      label,
      source: list.raw.source,
      isListed: true,
    };
    const secretList = lists.secrets && readList(lists.secrets, SECRETS);
    inside.push(...(secretList?.problems ?? []));
    return { scope, secrets: secretScopes(scope, secretList) };
  });
  const misplaced = [...Object.values(own), secrets && { ...secrets, value: undefined }].flatMap(
    (one) => one ?? [],
  );
  const problems = [...misplaced.map(misplacedProblem), ...list.problems, ...inside];
  return complete(services, problems, projectRoot, true);
}

function misplacedProblem(found: RawSetting): SettingsProblem {
  const allowed = 'no value beside the list "services", whose entries each have their own';
  return problemOf(found, allowed, 'move it into an entry of "services", or remove it');
}

function secretScopes(service: Scope<typeof SERVICE>, list: List | undefined): Scope<typeof SECRET>[] {
  const isListed = service.isListed ?? false;
  return (list?.entries ?? []).map(({ label, settings }) => ({
    table: SECRET,
    raw: settings,
    parent: service,
    label,
    source: list?.raw.source ?? '',
    isListed,
  }));
}

function complete(
  scopes: readonly ServiceScope[],
  shape: readonly SettingsProblem[],
  projectRoot: string,
  isServiceList: boolean,
): ReadServices {
  return {
    services: scopes.map((service) => serviceSettings(service, projectRoot)),
    problems: [
      ...shape,
      ...scopes.flatMap((service) => [
        ...problemsOf(service.scope),
        ...service.secrets.flatMap(problemsOf),
        ...serviceContradictions(service),
      ]),
      ...sharingProblems(scopes),
      ...sharedPlatformProblems(scopes),
      ...callProblems(scopes),
    ],
    origins: scopes.flatMap(({ scope, secrets }) => [...originsOf(scope), ...secrets.flatMap(originsOf)]),
    isServiceList,
  };
}

function serviceSettings({ scope, secrets }: ServiceScope, projectRoot: string): ServiceSettings {
  const values = valuesOf(scope);
  const encryptedConfigFile = resolve(projectRoot, values.encryptedConfigFile);
  const { objectName, keyId } = values;
  const keyName = scope.raw.keyId ? undefined : values.keyName;
  const first = {
    name: 'config',
    objectName,
    encryptedFile: encryptedConfigFile,
    keyId,
    keyName,
    format: 'json',
  };
  return {
    ...values,
    encryptedConfigFile,
    keyName,
    secrets: [first as SecretSettings, ...secrets.map((secret) => secretSettings(secret, projectRoot))],
  };
}

function secretSettings(scope: Scope<typeof SECRET>, projectRoot: string): SecretSettings {
  const { secretName: name, objectName, encryptedFile, keyId, keyName, format } = valuesOf(scope);
  return {
    name,
    objectName,
    encryptedFile: resolve(projectRoot, encryptedFile),
    keyId,
    keyName: scope.raw.keyId ? undefined : keyName,
    format,
  };
}

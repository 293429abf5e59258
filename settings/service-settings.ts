import { resolve } from 'node:path';
import { type SettingOrigin, settingOrigins } from './origins.ts';
import { problemOf, type RawSettings, settingNames } from './raw-settings.ts';
import { type ServiceInput, serviceContradictions, sharingProblems } from './service-contradictions.ts';
import { labelOf, type ServiceList } from './service-list.ts';
import type { SettingsProblem } from './settings-error.ts';
import {
  LISTED_SERVICE_DEFAULTS,
  SERVICE_SETTING_SOURCES,
  SERVICES,
  type ServiceSettingName,
  type SettingName,
} from './sources.ts';
import { derivedProblems, plainWording, ruleProblems, settingValues } from './values.ts';

/** What one service can choose. */
export interface ServiceSettings {
  readonly serviceName: string;
  /** Full image reference, with tag or digest; without a meaning where the image is built here. */
  readonly image: string;
  /** Name of the image in the image repository. */
  readonly imageName: string;
  /** The part of the service account's email before the @. */
  readonly serviceAccountName: string;
  readonly objectName: string;
  /** Absolute path of the ciphertext that the first deployment uploads. */
  readonly encryptedConfigFile: string;
  /** Full resource name of the key. */
  readonly keyId: string;
  /** The key's name in the foundation's key ring; absent when the key is somebody else's and only granted on. */
  readonly keyName?: string;
  /** Whether anyone may invoke the service without signing in. */
  readonly public: boolean;
  /** Whether the page shows every value in clear. Never together with `public`. */
  readonly revealValues: boolean;
  readonly minInstances: number;
  readonly maxInstances: number;
}

/** The services' settings, what is wrong with them, and where they came from. */
export interface ReadServices {
  readonly services: readonly ServiceSettings[];
  readonly problems: readonly SettingsProblem[];
  readonly origins: readonly SettingOrigin[];
}

/** The one service that the settings themselves describe. */
export function singleService(raw: RawSettings, projectRoot: string): ReadServices {
  return readServices([{ raw, wording: plainWording }], projectRoot);
}

/** The services that the setting `services` lists. */
export function listedServices(list: ServiceList, raw: RawSettings, projectRoot: string): ReadServices {
  const own = settingNames(SERVICE_SETTING_SOURCES);
  const shared = Object.fromEntries(Object.entries(raw).filter(([name]) => !own.includes(name as never)));
  const inputs = list.entries.map(({ index, settings }) => ({
    raw: { ...shared, ...settings },
    defaults: LISTED_SERVICE_DEFAULTS,
    wording: {
      labelOf: (name: SettingName) => (isServiceSetting(name) ? labelOf(index, name) : name),
      fixOf: (name: SettingName) =>
        isServiceSetting(name)
          ? `set "${labelOf(index, name)}" in the ${list.raw.source}`
          : plainWording.fixOf(name),
    },
  }));
  const misplaced = own.flatMap((name) => raw[name] ?? []);
  const read = readServices(inputs, projectRoot);
  const problems = misplaced.map((found) =>
    problemOf(
      found,
      `no value beside the list "${SERVICES.setting}", whose entries each have their own`,
      `move it into an entry of "${SERVICES.setting}", or remove it`,
    ),
  );
  return { ...read, problems: [...problems, ...list.problems, ...read.problems] };
}

function isServiceSetting(name: SettingName): name is ServiceSettingName {
  return Object.hasOwn(SERVICE_SETTING_SOURCES, name);
}

function readServices(inputs: readonly ServiceInput[], projectRoot: string): ReadServices {
  const names = settingNames(SERVICE_SETTING_SOURCES);
  return {
    services: inputs.map((input) => serviceSettings(input, projectRoot)),
    problems: [
      ...inputs.flatMap((input) => [
        ...ruleProblems(names, input.raw),
        ...derivedProblems(names, input, input.wording),
        ...serviceContradictions(input),
      ]),
      ...sharingProblems(inputs),
    ],
    origins: inputs.flatMap((input) => settingOrigins(names, input, input.wording)),
  };
}

function serviceSettings(input: ServiceInput, projectRoot: string): ServiceSettings {
  const values = settingValues(input);
  return {
    serviceName: values.serviceName,
    image: values.image,
    imageName: values.imageName,
    serviceAccountName: values.serviceAccountName,
    objectName: values.objectName,
    encryptedConfigFile: resolve(projectRoot, values.encryptedConfigFile),
    keyId: values.keyId,
    keyName: input.raw.keyId ? undefined : values.keyName,
    public: values.public === 'true',
    revealValues: values.revealValues === 'true',
    minInstances: Number(values.minInstances),
    maxInstances: Number(values.maxInstances),
  };
}

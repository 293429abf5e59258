import type { SettingsProblem } from './settings-error.ts';
import { SETTING_SOURCES, type SettingName } from './sources.ts';

/** A setting as it was found, before it is validated. */
export interface RawSetting {
  /** As messages name it, e.g. `region` or `services[0].keyName`. */
  readonly label: string;
  /** Where it was found, e.g. `environment variable GCP_REGION`. */
  readonly source: string;
  readonly got: unknown;
  /** The value as text; undefined when it is of a type that the setting has not. */
  readonly value: string | undefined;
  /** How to change or remove it. */
  readonly fix: string;
}

/** The settings that were found; the others are absent. */
export type RawSettings = Partial<Record<SettingName, RawSetting>>;

/** Where settings are found. */
export interface RawInput {
  readonly context: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The settings that are set, from the environment first and the context second. */
export function rawSettings(input: RawInput): RawSettings {
  const found = settingNames(SETTING_SOURCES).flatMap((name): [SettingName, RawSetting][] => {
    const raw = rawSetting(name, SETTING_SOURCES[name].environmentVariable, input);
    return raw ? [[name, { ...raw, value: asText(name, raw.got) }]] : [];
  });
  return Object.fromEntries(found);
}

/** One setting of any shape, from its variable first and its context key second; without its value as text. */
export function rawSetting(
  label: string,
  environmentVariable: string,
  { context, environment }: RawInput,
): Omit<RawSetting, 'value'> | undefined {
  const fromEnvironment = environment[environmentVariable];
  if (fromEnvironment) {
    const source = `environment variable ${environmentVariable}`;
    const fix = `set ${environmentVariable} to such a value, or unset it`;
    return { label, source, got: fromEnvironment, fix };
  }
  if (!Object.hasOwn(context, label)) return undefined;
  const fix = `change "${label}" in the context of cdktf.json, or remove it`;
  return { label, source: 'context of cdktf.json', got: context[label], fix };
}

/** A value as text, when it is of a type that the setting has. */
export function asText(name: SettingName, got: unknown): string | undefined {
  const isText = typeof got === 'string' || typeof got === SETTING_SOURCES[name].rule.jsonType;
  return isText ? String(got) : undefined;
}

/** What is wrong with a setting that was found. */
export function problemOf(raw: RawSetting, allowed: string, fix: string = raw.fix): SettingsProblem {
  return { setting: raw.label, source: raw.source, got: raw.got, allowed, fix };
}

/** The keys of a record of settings, typed. */
export function settingNames<Name extends SettingName>(settings: Partial<Record<Name, unknown>>): Name[] {
  return Object.keys(settings) as Name[];
}

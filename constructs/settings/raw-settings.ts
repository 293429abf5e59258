import { SETTING_SOURCES, type SettingName } from './sources.ts';

/** A setting as it was found, before it is validated. */
export interface RawSetting {
  readonly name: SettingName;
  /** Where it was found, e.g. `environment variable GCP_REGION`. */
  readonly source: string;
  readonly got: unknown;
  /** The value as text; undefined when it is of a type that no setting has. */
  readonly value: string | undefined;
  /** How to change or remove it. */
  readonly fix: string;
}

/** The settings that were found; the others are absent. */
export type RawSettings = Partial<Record<SettingName, RawSetting>>;

/** The settings that are set, from the environment first and the context second. */
export function rawSettings(input: {
  readonly context: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): RawSettings {
  const found = Object.entries(SETTING_SOURCES).flatMap(([key, { environmentVariable }]) => {
    const name = key as SettingName;
    const fromEnvironment = input.environment[environmentVariable];
    if (fromEnvironment) {
      const source = `environment variable ${environmentVariable}`;
      const fix = `set ${environmentVariable} to such a value, or unset it`;
      return [{ name, source, got: fromEnvironment, value: fromEnvironment, fix }];
    }
    if (!Object.hasOwn(input.context, name)) return [];
    const got = input.context[name];
    const fix = `change "${name}" in the context of cdktf.json, or remove it`;
    return [{ name, source: 'context of cdktf.json', got, value: asText(name, got), fix }];
  });
  return Object.fromEntries(found.map((setting) => [setting.name, setting]));
}

function asText(name: SettingName, got: unknown): string | undefined {
  if (typeof got === 'string') return got;
  const isSwitch = name === 'public' || name === 'revealValues';
  return isSwitch && typeof got === 'boolean' ? String(got) : undefined;
}

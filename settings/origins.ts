import type { SettingName } from './sources.ts';
import { type SettingWording, settingValues, type ValueInput } from './values.ts';

/** A setting in force, for a reviewer. No setting is a secret. */
export interface SettingOrigin {
  /** Its key, e.g. `region` or `services[0].public`. */
  readonly name: string;
  /** `none` when the setting is off. */
  readonly value: string;
  /** `default`, `context of cdktf.json` or `environment variable X`. */
  readonly source: string;
}

/** The settings of these names with their values, and where each value came from. */
export function settingOrigins(
  names: readonly SettingName[],
  input: ValueInput,
  { labelOf }: SettingWording,
): SettingOrigin[] {
  const values = settingValues(input);
  return names.map((name) => ({
    name: labelOf(name),
    value: values[name] ?? 'none',
    source: input.raw[name]?.source ?? 'default',
  }));
}

import type { SettingsProblem } from './settings-error.ts';
import type { Table } from './table.ts';

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
export type RawSettings = Readonly<Partial<Record<string, RawSetting>>>;

/** Where settings are found. */
export interface RawInput {
  readonly context: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The part of the context that is for one deployment environment alone; it overrides the rest. */
  readonly own?: { readonly label: string; readonly context: Readonly<Record<string, unknown>> };
}

/** The settings of a table that are set at the top: by variable first, then for the environment, then for all. */
export function rawSettings(table: Table, input: RawInput): RawSettings {
  const found = Object.entries(table).flatMap(([name, { variable, rule }]): [string, RawSetting][] => {
    const raw = rawSetting(name, variable, input);
    return raw ? [[name, { ...raw, value: rule.toText(raw.got) }]] : [];
  });
  return Object.fromEntries(found);
}

/** One setting of any shape; without its value as text. */
export function rawSetting(
  name: string,
  variable: string | undefined,
  { context, environment, own }: RawInput,
): Omit<RawSetting, 'value'> | undefined {
  const fromEnvironment = variable && environment[variable];
  if (fromEnvironment) {
    const source = `environment variable ${variable}`;
    const fix = `set ${variable} to such a value, or unset it`;
    return { label: name, source, got: fromEnvironment, fix };
  }
  const [label, holder] =
    own && Object.hasOwn(own.context, name) ? [`${own.label}.${name}`, own.context] : [name, context];
  if (!Object.hasOwn(holder, name)) return undefined;
  const fix = `change "${label}" in the context of cdktf.json, or remove it`;
  return { label, source: 'context of cdktf.json', got: holder[name], fix };
}

/** What is wrong with a setting that was found. */
export function problemOf(raw: RawSetting, allowed: string, fix: string = raw.fix): SettingsProblem {
  return { setting: raw.label, source: raw.source, got: raw.got, allowed, fix };
}

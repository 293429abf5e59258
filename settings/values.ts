import { problemOf, type RawSettings, settingNames } from './raw-settings.ts';
import type { SettingsProblem } from './settings-error.ts';
import { SETTING_SOURCES, type SettingName } from './sources.ts';

/** The value of every setting as text; undefined where none is set and the thing is off. */
export type SettingValues = {
  readonly [Name in SettingName]: (typeof SETTING_SOURCES)[Name] extends { readonly default: string }
    ? string
    : string | undefined;
};

/** What was found, and the defaults that hold instead of those of {@link SETTING_SOURCES}. */
export interface ValueInput {
  readonly raw: RawSettings;
  readonly defaults?: Readonly<Partial<Record<SettingName, string>>>;
}

/** How messages speak of a setting. */
export interface SettingWording {
  readonly labelOf: (name: SettingName) => string;
  /** How to set it. */
  readonly fixOf: (name: SettingName) => string;
}

/** How messages speak of a setting that stands in no list. */
export const plainWording: SettingWording = {
  labelOf: (name) => name,
  fixOf: (name) =>
    `set "${name}" in the context of cdktf.json, or ${SETTING_SOURCES[name].environmentVariable}`,
};

/** Completes what was found with the defaults. */
export function settingValues(input: ValueInput): SettingValues {
  const values = settingNames(SETTING_SOURCES).map((name) => [name, resolveValue(name, input)]);
  return Object.fromEntries(values) as SettingValues;
}

function resolveValue(name: SettingName, input: ValueInput): string | undefined {
  // Only defaults are templates: whatever looks like one in a value that was set is meant literally.
  return (
    input.raw[name]?.value ??
    defaultOf(name, input)?.replace(REFERENCE, (_, other: SettingName) => resolveValue(other, input) ?? '')
  );
}

const REFERENCE = /<(\w+)>/g;

function defaultOf(name: SettingName, { defaults }: ValueInput): string | undefined {
  return defaults?.[name] ?? SETTING_SOURCES[name].default;
}

function referencesOf(name: SettingName, input: ValueInput): SettingName[] {
  if (input.raw[name]) return [];
  const references = defaultOf(name, input)?.matchAll(REFERENCE) ?? [];
  return Array.from(references, ([, other]) => other as SettingName);
}

/** A problem for each of these settings that was found with a value that its rule does not accept. */
export function ruleProblems(names: readonly SettingName[], raw: RawSettings): SettingsProblem[] {
  return names.flatMap((name) => {
    const found = raw[name];
    const { rule } = SETTING_SOURCES[name];
    if (!found || (found.value !== undefined && rule.accepts(found.value))) return [];
    return [problemOf(found, rule.allowed)];
  });
}

/**
 * Valid settings can still make an invalid default, e.g. a project id with the word "google" an invalid bucket
 * name. Nothing is said of a default that is made from something wrong: that is a problem already.
 */
export function derivedProblems(
  names: readonly SettingName[],
  input: ValueInput,
  { labelOf, fixOf }: SettingWording,
): SettingsProblem[] {
  return names
    .filter((name) => {
      const references = referencesOf(name, input);
      return (
        references.length > 0 && !isValid(name, input) && references.every((other) => isValid(other, input))
      );
    })
    .map((name) => ({
      setting: labelOf(name),
      source: `default, which follows from ${referencesOf(name, input).map(labelOf).join(' and ')}`,
      got: resolveValue(name, input),
      allowed: SETTING_SOURCES[name].rule.allowed,
      fix: fixOf(name),
    }));
}

function isValid(name: SettingName, input: ValueInput): boolean {
  const value = resolveValue(name, input);
  return value !== undefined && SETTING_SOURCES[name].rule.accepts(value);
}

import { environmentSharingProblems } from './environment-sharing.ts';
import { environmentsOf } from './environments.ts';
import { readEnvironment, type Settings, type SettingsInput } from './settings.ts';
import { SettingsError, type SettingsProblem } from './settings-error.ts';
import { unknownKeyProblems } from './unknown-keys.ts';
import { misspeltVariableProblems } from './unknown-variables.ts';

/**
 * Reads, completes and validates the settings of one deployment environment: the only one there is, or the one that
 * GCP_ENVIRONMENT chooses.
 *
 * @throws SettingsError with every problem at once: values that Google would refuse, unknown context keys, misspelt variables,
 * settings that contradict each other, services that would share what each must have for itself, and environments of
 * which none was chosen
 */
export function readSettings(input: SettingsInput): Settings {
  const environments = environmentsOf(input);
  const [settings, ...others] = readAllSettings(input);
  if (settings && others.length === 0) return settings;
  throw new SettingsError([environments.noneChosen]);
}

/**
 * The same for a synthesis: the settings of every environment, or of the chosen one alone.
 *
 * @throws SettingsError as {@link readSettings}; also when two environments would share what each must have for itself
 */
export function readAllSettings(input: SettingsInput): [Settings, ...Settings[]] {
  const environments = environmentsOf(input);
  const read = environments.chosen.map((environment) => readEnvironment(input, environment));
  // Variables are meant for those that are asked for; the others are looked at as they stand in the context.
  const others = environments.others.map((environment) =>
    readEnvironment({ ...input, environment: {} }, environment),
  );
  const wrong = distinct(read.flatMap((one) => one.problems));
  const problems = [
    ...unknownKeyProblems(input.context),
    ...misspeltVariableProblems(input.environment),
    ...environments.problems,
    ...wrong,
    ...(wrong.length > 0
      ? []
      : environmentSharingProblems([...others, ...read].map(({ settings }) => settings))),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
  // There is at least one.
  return read.map(({ settings }) => settings) as [Settings, ...Settings[]];
}

/** A setting that all environments share is wrong once. */
function distinct(problems: readonly SettingsProblem[]): SettingsProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** The settings of all environments as one, for a review that shows them side by side. */
export function mergedSettings(all: readonly [Settings, ...Settings[]]): Settings {
  const [first, ...others] = all;
  if (others.length === 0) return first;
  const origins = all.flatMap(({ environment, origins }) =>
    origins.map((origin) => ({ ...origin, name: `${environment}: ${origin.name}` })),
  );
  return {
    ...first,
    services: all.flatMap(({ services }) => services),
    strictPolicies: all.some(({ strictPolicies }) => strictPolicies),
    origins,
  };
}

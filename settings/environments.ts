import { nearest } from './nearest.ts';
import type { RawInput } from './raw-settings.ts';
import { isObject } from './rule.ts';
import type { SettingsProblem } from './settings-error.ts';
import { ENVIRONMENT_VARIABLE, TOP_LEVEL } from './table.ts';

/** One deployment environment; without a name when the settings have none. */
export interface DeploymentEnvironment {
  readonly name?: string;
  readonly own?: NonNullable<RawInput['own']>;
}

/** The environments of the settings. */
export interface Environments {
  /** Every name, in order. */
  readonly names: readonly string[];
  /** Those that are asked for: all, or the one of GCP_ENVIRONMENT. At least one. */
  readonly chosen: readonly DeploymentEnvironment[];
  /** The rest. */
  readonly others: readonly DeploymentEnvironment[];
  readonly problems: readonly SettingsProblem[];
  /** What to say when one is needed and none was chosen. */
  readonly noneChosen: SettingsProblem;
}

/** Its stacks, its state, its names and its files end in it. */
const NAME = /^[a-z][a-z0-9]{0,7}$/;
const SOURCE = 'context of cdktf.json';
const KEYS = [...Object.keys(TOP_LEVEL), 'services', 'secrets'];

/** Reads which environments there are and which are asked for. */
export function environmentsOf({ context, environment }: RawInput): Environments {
  const all = Object.hasOwn(context, 'environments') ? context.environments : {};
  const wanted = environment[ENVIRONMENT_VARIABLE] ?? '';
  const own = isObject(all) ? all : {};
  const names = Object.keys(own);
  // One with a wrong name is a problem already, and so would be all that is called after it.
  const named = names
    .filter((name) => NAME.test(name))
    .map((name) => ({
      name,
      own: { label: `environments.${name}`, context: isObject(own[name]) ? own[name] : {} },
    }));
  const chosen = wanted === '' ? named : named.filter(({ name }) => name === wanted);
  return {
    names,
    chosen: chosen.length > 0 ? chosen : [{}],
    others: named.filter((one) => !chosen.includes(one)),
    problems: [...shapeProblems(all), ...chosenProblems(wanted, names)],
    noneChosen: {
      setting: 'environments',
      source: SOURCE,
      got: names,
      allowed: 'one environment at a time for a command',
      fix: `choose one: --env ${names[0]}, or ${ENVIRONMENT_VARIABLE}=${names[0]}`,
    },
  };
}

function chosenProblems(wanted: string, names: readonly string[]): SettingsProblem[] {
  if (wanted === '' || names.includes(wanted)) return [];
  const allowed = names.length > 0 ? names.join(' or ') : 'nothing: the settings have no environments';
  const fix =
    names.length > 0
      ? `choose ${nearest(wanted, names)}, or add "${wanted}" to "environments" in the ${SOURCE}`
      : `unset it, or add "environments": { "${wanted}": {} } to the ${SOURCE}`;
  return [
    {
      setting: 'environment',
      source: `environment variable ${ENVIRONMENT_VARIABLE}`,
      got: wanted,
      allowed,
      fix,
    },
  ];
}

function shapeProblems(all: unknown): SettingsProblem[] {
  const problem = (setting: string, got: unknown, allowed: string, fix: string) => ({
    ...{ setting, source: SOURCE, got, allowed, fix },
  });
  if (!isObject(all)) {
    const allowed =
      'an object with the settings of each environment, e.g. {"dev": {}, "prod": {"projectId": "my-prod"}}';
    return [problem('environments', all, allowed, 'make "environments" such an object, or remove it')];
  }
  return Object.entries(all).flatMap(([name, own]) => {
    const label = `environments.${name}`;
    const isNamed = NAME.test(name);
    const named = isNamed
      ? []
      : [
          problem(
            label,
            name,
            'names of 1 to 8 lowercase letters and digits, starting with a letter',
            'rename it',
          ),
        ];
    if (!isObject(own))
      return [...named, problem(label, own, 'an object with settings', `set "${label}" to {}`)];
    const unknown = Object.keys(own).filter((key) => !KEYS.includes(key));
    return [
      ...named,
      ...unknown.map((key) =>
        problem(
          `${label}.${key}`,
          own[key],
          `these keys: ${KEYS.join(', ')}`,
          `in the ${SOURCE}, rename it to "${nearest(key, KEYS)}" if that was meant, else remove it`,
        ),
      ),
    ];
  });
}

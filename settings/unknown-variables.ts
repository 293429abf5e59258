import { editDistance, nearest } from './nearest.ts';
import type { RawInput } from './raw-settings.ts';
import type { SettingsProblem } from './settings-error.ts';
import { ENVIRONMENT_VARIABLE, LISTS, TOP_LEVEL } from './table.ts';

type Environment = RawInput['environment'];

/** Variables that begin like settings and are none. */
interface Misspelt {
  readonly variable: string;
  /** The setting that it resembles most. */
  readonly meant: string;
  /** Whether it is so close that the setting would be left at another value without a word. */
  readonly isCertain: boolean;
}

/**
 * A problem for every variable that is a setting but for a slip, such as GCP_REGON or GCP_BUCKET_NAME, where the setting
 * itself has no variable.
 */
export function misspeltVariableProblems(environment: Environment): SettingsProblem[] {
  return misspeltVariables(environment)
    .filter(({ isCertain }) => isCertain)
    .map(({ variable, meant }) => ({
      setting: variable,
      source: 'environment',
      // What was meant for another program may be a secret.
      got: `a variable ${variable}`,
      allowed: `the names of docs/settings.md, such as ${meant}`,
      fix: `rename it to ${meant} if that was meant, else unset it`,
    }));
}

/** A warning for every variable that only resembles a setting: it may be another program's. */
export function misspeltVariableWarnings(environment: Environment): string[] {
  return misspeltVariables(environment)
    .filter(({ isCertain }) => !isCertain)
    .map(
      ({ variable, meant }) => `The variable ${variable} is no setting and has no effect. Is ${meant} meant?`,
    );
}

function misspeltVariables(environment: Environment): Misspelt[] {
  const known = [
    ENVIRONMENT_VARIABLE,
    ...[...Object.values(TOP_LEVEL), ...Object.values(LISTS)].flatMap(({ variable }) => variable ?? []),
  ].filter((name) => OURS.test(name));
  return Object.keys(environment)
    .filter((variable) => OURS.test(variable) && environment[variable] && !known.includes(variable))
    .flatMap((variable) => {
      const distances = known.map((name) => editDistance(variable, name));
      const least = Math.min(...distances);
      const closest = known[distances.indexOf(least)] ?? '';
      if (isSlip(variable, closest, least)) {
        return [{ variable, meant: closest, isCertain: !environment[closest] }];
      }
      const begun = known.find((name) => name.startsWith(variable));
      if (begun === undefined || environment[begun]) return [];
      return [{ variable, meant: nearest(variable, known), isCertain: false }];
    });
}

/** Prefixes of Google's products; a variable of any other program may begin so, too. */
const OURS = /^(?:GCP|GCS|GKE)_[A-Z]/;

/** A short name is another one soon. */
function isSlip(variable: string, setting: string, distance: number): boolean {
  const letters = Math.min(variable.length, setting.length) - 'GCP_'.length;
  return distance <= Math.min(2, Math.floor(letters / 3));
}

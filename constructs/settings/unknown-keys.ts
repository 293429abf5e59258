import type { SettingsProblem } from './settings-error.ts';
import { SETTING_SOURCES } from './sources.ts';

/** Context keys that belong to the CDK itself: its version, where its files are, its feature flags. */
const CDK_KEYS = new Set(['excludeStackIdFromLogicalIds', 'allowSepCharsInLogicalIds']);
const CDK_PREFIXES = ['cdktf', 'cdktn', '@cdktf/', '@cdktn/'];

/**
 * A problem for every context key that is neither a setting nor the CDK's own: a misspelt key would
 * otherwise leave its setting at the default without a word.
 */
export function unknownKeyProblems(context: Readonly<Record<string, unknown>>): SettingsProblem[] {
  const known = Object.keys(SETTING_SOURCES);
  return Object.keys(context)
    .filter((key) => !known.includes(key) && !CDK_KEYS.has(key))
    .filter((key) => !CDK_PREFIXES.some((prefix) => key.startsWith(prefix)))
    .map((key) => ({
      setting: key,
      source: 'context of cdktf.json',
      got: context[key],
      allowed: `these keys: ${known.join(', ')}`,
      fix: `in the context of cdktf.json, rename it to "${nearest(key, known)}" if that was meant, else remove it`,
    }));
}

function nearest(key: string, candidates: readonly string[]): string {
  const distances = candidates.map((candidate) => editDistance(key.toLowerCase(), candidate.toLowerCase()));
  return candidates[distances.indexOf(Math.min(...distances))] ?? '';
}

/** Levenshtein distance: how many characters to insert, delete or replace to make `a` into `b`. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, left] of [...a].entries()) {
    const current = [row + 1];
    for (const [column, right] of [...b].entries()) {
      const replaced = (previous[column] ?? 0) + (left === right ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}

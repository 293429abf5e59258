import { nearest } from './nearest.ts';
import type { SettingsProblem } from './settings-error.ts';
import { LISTS, TOP_LEVEL } from './table.ts';

/** Context keys that belong to the CDK itself: its version, where its files are, its feature flags. */
const CDK_KEYS = new Set(['excludeStackIdFromLogicalIds', 'allowSepCharsInLogicalIds']);
const CDK_PREFIXES = ['cdktf', 'cdktn', '@cdktf/', '@cdktn/'];

/**
 * A problem for every context key that is neither a setting nor the CDK's own: a misspelt key would
 * otherwise leave its setting at the default without a word.
 */
export function unknownKeyProblems(context: Readonly<Record<string, unknown>>): SettingsProblem[] {
  const known = [...Object.keys(TOP_LEVEL), ...Object.keys(LISTS)];
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

import { createHmac, randomBytes } from 'node:crypto';
import { CommandError } from '../errors.ts';
import { duplicateKeys, type Values } from './json.ts';

export type { Values };

/** What became of a key. */
export type Change = 'added' | 'removed' | 'changed' | 'same';

/** A key of two configs, and what became of it. */
export interface KeyChange {
  readonly key: string;
  readonly change: Change;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * Reads the keys of a stored config without asking whether it is valid. Numbers that JavaScript would round stay as
 * they are written.
 *
 * @param advice what to do when there are no keys, with the command that does it
 * @throws CommandError, without a value, when it is no JSON object, or has a key twice
 */
export function readValues(plaintext: Uint8Array, advice: string): Values {
  let text: string;
  let values: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(plaintext);
    values = parseJson(text);
  } catch {
    // The parser's own words quote the config.
    throw new CommandError(`The config is not a JSON object, so it has no keys. ${advice}`);
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new CommandError(`The config is not a JSON object, so it has no keys. ${advice}`);
  }
  const [duplicate] = duplicateKeys(text);
  if (duplicate === undefined) return values as Values;
  throw new CommandError(
    `The config has the key ${duplicate} twice, and readers of JSON differ in which counts. ${advice}`,
  );
}

/** Reads JSON. Numbers that JavaScript would round stay as they are written. @throws SyntaxError, which quotes it */
export function parseJson(text: string): unknown {
  return JSON.parse(text, exactNumber as (key: string, value: unknown) => unknown);
}

/** Keeps a number as it is written where JavaScript has none that is the same. */
function exactNumber(_: string, value: unknown, { source }: { source?: string } = {}): unknown {
  if (typeof value !== 'number' || source === undefined || JSON.stringify(value) === source) return value;
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source);
}

/** The one form of a value in text: a text as it is, everything else as JSON on one line. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A config as it is encrypted: indented JSON, as people write it. */
export function formatValues(values: Values): Buffer {
  return Buffer.from(`${JSON.stringify(values, null, 2)}\n`);
}

/** What became of each key, in the order of the first config and then of the second. */
export function compareValues(before: Values, after: Values): KeyChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.map((key) => ({
    key,
    change: changeOf(key, before, after),
    before: before[key],
    after: after[key],
  }));
}

/**
 * A way to tell whether two values are the same without showing them: the first 8 digits of an HMAC-SHA-256 under a
 * key that is made anew and forgotten. A plain digest of a password could be looked up; this one means nothing
 * outside of the output that it is part of.
 */
export function createFingerprint(): (value: unknown) => string {
  const key = randomBytes(32);
  return (value) => createHmac('sha256', key).update(JSON.stringify(value)).digest('hex').slice(0, 8);
}

function changeOf(key: string, before: Values, after: Values): Change {
  if (!Object.hasOwn(before, key)) return 'added';
  if (!Object.hasOwn(after, key)) return 'removed';
  return JSON.stringify(before[key]) === JSON.stringify(after[key]) ? 'same' : 'changed';
}

import { createHmac, randomBytes } from 'node:crypto';
import { CommandError } from '../errors.ts';

/** A config that need not be valid: what is stored may be what is to be repaired. */
export type Values = Readonly<Record<string, unknown>>;

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
 * Reads the keys of a stored config without asking whether it is valid.
 *
 * @throws CommandError, without a value, when it is no JSON object
 */
export function readValues(plaintext: Uint8Array): Values {
  try {
    const values: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plaintext));
    if (typeof values === 'object' && values !== null && !Array.isArray(values)) return values as Values;
  } catch {
    // Said below: the parser's own words quote the config.
  }
  throw new CommandError(
    'The stored config is not a JSON object, so no single key of it can be read or changed. ' +
      'Replace it as a whole: npx cloud-run-identity put config.json',
  );
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

import { GoogleApiError } from './http/errors.ts';

/** How many labels a resource may have. */
const LIMIT = 64;
const KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;

/**
 * Refuses labels that Google would: at most 64 a resource, keys of 1 to 63 and values of up to 63 lower-case letters,
 * digits, `_` and `-`, keys beginning with a letter
 * (https://cloud.google.com/resource-manager/docs/labels-overview#requirements).
 * @param field what the message calls them, e.g. `bucket.labels`
 * @throws GoogleApiError INVALID_ARGUMENT with every label that is against the rules
 */
export function checkLabels(field: string, labels: Readonly<Record<string, unknown>>): void {
  const entries = Object.entries(labels);
  if (entries.length > LIMIT) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Invalid value at '${field}': ${entries.length} labels; at most ${LIMIT} are allowed.`,
    );
  }
  const faults = entries.filter(
    ([key, value]) => !KEY.test(key) || typeof value !== 'string' || !VALUE.test(value),
  );
  if (faults.length === 0) return;
  const given = faults.map(([key, value]) => JSON.stringify({ [key]: value })).join(', ');
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `Invalid value at '${field}': ${given}. Keys have 1 to 63 and values up to 63 lower-case letters, digits, '_' and '-'; keys begin with a letter.`,
  );
}

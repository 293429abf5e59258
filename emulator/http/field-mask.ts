import { GoogleApiError } from './errors.ts';

/** The wanted fields of an object, each with the wanted fields beneath it; an empty map wants all of them. */
export type FieldMask = ReadonlyMap<string, FieldMask>;

type MutableMask = Map<string, MutableMask>;

/** Names, and what stands between them; Google takes a dot for a slash too. */
const TOKEN = /[^,()/.\s]+|[,()/.]/g;

/**
 * Reads the `fields` parameter: `a,b(c,d),e/f,*`
 * (https://cloud.google.com/storage/docs/json_api#partial-response).
 * @throws GoogleApiError INVALID_ARGUMENT for what is not of this form
 */
export function parseFieldMask(text: string): FieldMask {
  const tokens = text.match(TOKEN) ?? [];
  const mask: MutableMask = new Map();
  const end = parseSelections(tokens, 0, mask, text);
  if (end !== tokens.length) throw invalidSelection(text);
  return mask;
}

/** What the mask leaves of a value: of a list, of each item. Fields that are not there are not missed. */
export function applyFieldMask(mask: FieldMask, value: unknown): unknown {
  if (mask.size === 0) return value;
  if (Array.isArray(value)) return value.map((item) => applyFieldMask(mask, item));
  if (typeof value !== 'object' || value === null) return value;
  const wanted = Object.entries(value).flatMap(([name, field]) => {
    const beneath = mask.get(name) ?? mask.get('*');
    // What is asked for beneath a string or a number is not there.
    const isThere = beneath && (beneath.size === 0 || (typeof field === 'object' && field !== null));
    return isThere ? [[name, applyFieldMask(beneath, field)] as const] : [];
  });
  return Object.fromEntries(wanted);
}

/** Reads selections up to a closing parenthesis or the end. @returns the index of the token after them */
function parseSelections(tokens: readonly string[], start: number, into: MutableMask, text: string): number {
  let at = start;
  for (;;) {
    at = parseSelection(tokens, at, into, text);
    if (tokens[at] !== ',') return at;
    at += 1;
  }
}

/** Reads `a`, `a/b` or `a(b,c)`. @returns the index of the token after it */
function parseSelection(tokens: readonly string[], at: number, into: MutableMask, text: string): number {
  const name = tokens[at];
  if (name === undefined || /^[,()/.]$/.test(name)) throw invalidSelection(text);
  const existing = into.get(name);
  const next = tokens[at + 1];
  if (next !== '/' && next !== '.' && next !== '(') {
    into.set(name, new Map());
    return at + 1;
  }
  // `a,a/b` wants all of a.
  const beneath: MutableMask = existing?.size === 0 ? new Map() : (existing ?? new Map());
  if (existing?.size !== 0) into.set(name, beneath);
  if (next !== '(') return parseSelection(tokens, at + 2, beneath, text);
  const end = parseSelections(tokens, at + 2, beneath, text);
  if (tokens[end] !== ')') throw invalidSelection(text);
  return end + 1;
}

function invalidSelection(text: string): GoogleApiError {
  return new GoogleApiError('INVALID_ARGUMENT', `Invalid field selection ${text}`, {
    reason: 'invalidParameter',
    location: { locationType: 'parameter', location: 'fields' },
  });
}

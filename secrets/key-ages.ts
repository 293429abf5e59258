import { isDeepStrictEqual } from 'node:util';
import { InvalidArgumentError } from './errors.ts';
import type { JsonSchema } from './shape.ts';

/**
 * When the values of a secret last changed (RFC 3339), by their JSON pointers; null for one that is not there. What is not
 * in it is not known.
 */
export type KeysChanged = Readonly<Record<string, string | null>>;

/** Custom metadata key under which a writer notes it. */
export const keysChangedMetadata = 'keys-changed';

/** How old a value is, against what its schema allows. */
export interface KeyAge {
  /** JSON pointer of the value; empty where it is the whole secret. */
  readonly pointer: string;
  readonly maxAgeSeconds: number;
  /** RFC 3339; undefined where nobody knows. */
  readonly changed: string | undefined;
  readonly ageSeconds: number | undefined;
  readonly state: 'in time' | 'overdue' | 'unknown';
}

/** What there was before a write. */
export type Before =
  /** Nothing. */
  | 'nothing'
  /** Something that its writer may not read: what it was is not known. */
  | 'unreadable'
  | { readonly plaintext: Uint8Array };

/** Cloud Storage takes 8 KiB of custom metadata, of which others need some. */
const maxNoteBytes = 6000;

/** Clocks differ; what is noted later than that from now is no time of a change. */
const clockSkewMilliseconds = 5 * 60_000;

const secondsOf = { h: 3600, d: 86_400, w: 7 * 86_400 } as const;

/**
 * When each value will have changed last, once a secret is written. Only what the schema declares is named, or was noted
 * before: names of other keys are as secret as their values. There are times and no fingerprints: a digest of a password
 * could be guessed, and a key for an HMAC would have to be kept somewhere.
 *
 * What its writer cannot compare keeps its time: an age may be too high, and is never too low.
 */
export function noteChanges(
  schema: JsonSchema | undefined,
  before: Before,
  noted: KeysChanged | undefined,
  plaintext: Uint8Array,
  now: Date = new Date(),
): KeysChanged {
  const at = `${now.toISOString().slice(0, 19)}Z`;
  const [old, value] = [typeof before === 'string' ? undefined : parse(before.plaintext), parse(plaintext)];
  const note = (pointers: Iterable<string>): KeysChanged => {
    const entries = [...new Set(pointers)].flatMap((pointer): [string, string | null][] => {
      const inner = valueAt(value, pointer);
      if (inner === undefined) return [[pointer, null]];
      const isKnownToDiffer =
        before === 'nothing' || (before !== 'unreadable' && !isDeepStrictEqual(valueAt(old, pointer), inner));
      const time = isKnownToDiffer ? at : noted?.[pointer];
      return typeof time === 'string' ? [[pointer, time]] : [];
    });
    return Object.fromEntries(entries);
  };
  const declared = declaredValues(schema);
  const all = note([...declared.map(({ pointer }) => pointer), ...Object.keys(noted ?? {})]);
  if (formatKeysChanged(all).length <= maxNoteBytes) return all;
  const aged = note(declared.flatMap(({ pointer, maxAge }) => (maxAge === undefined ? [] : [pointer])));
  return formatKeysChanged(aged).length <= maxNoteBytes ? aged : {};
}

/**
 * How old the values are of which the schema says with `x-max-age` how old they may get: `12h`, `90d`, `26w`.
 *
 * @param noted of the generation that is asked about
 * @throws InvalidArgumentError for a schema with another `x-max-age`
 */
export function keyAges(
  schema: JsonSchema | undefined,
  noted: KeysChanged | undefined,
  now: Date = new Date(),
): KeyAge[] {
  return declaredValues(schema).flatMap(({ pointer, maxAge }): KeyAge[] => {
    const time = noted?.[pointer];
    if (maxAge === undefined || time === null) return [];
    const maxAgeSeconds = parseMaxAge(maxAge, pointer);
    const milliseconds = now.getTime() - Date.parse(time ?? '');
    if (time === undefined || !(milliseconds >= -clockSkewMilliseconds)) {
      return [{ pointer, maxAgeSeconds, changed: undefined, ageSeconds: undefined, state: 'unknown' }];
    }
    const ageSeconds = Math.max(0, Math.floor(milliseconds / 1000));
    const state = ageSeconds > maxAgeSeconds ? 'overdue' : 'in time';
    return [{ pointer, maxAgeSeconds, changed: time, ageSeconds, state }];
  });
}

/** As it is noted beside an object: ASCII, which every transport of metadata leaves as it is. */
export function formatKeysChanged(changed: KeysChanged): string {
  return JSON.stringify(changed).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What is noted; undefined where nothing is, or something else than that. Whoever may write the object sets it. */
export function parseKeysChanged(text: string | undefined): KeysChanged | undefined {
  try {
    const noted: unknown = JSON.parse(text ?? '');
    if (typeof noted !== 'object' || noted === null) return undefined;
    return Object.fromEntries(
      Object.entries(noted).filter(
        ([, time]) => time === null || (typeof time === 'string' && !Number.isNaN(Date.parse(time))),
      ),
    );
  } catch {
    return undefined;
  }
}

/** Those that hold no others, and those that may only get so old. */
function declaredValues(
  schema: unknown,
  pointer = '',
): { readonly pointer: string; readonly maxAge: unknown }[] {
  if (!isObject(schema)) return [];
  const maxAge = schema['x-max-age'];
  const inner = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  const own = maxAge !== undefined || (inner.length === 0 && pointer !== '') ? [{ pointer, maxAge }] : [];
  return [
    ...own,
    ...inner.flatMap(([name, one]) =>
      declaredValues(one, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
    ),
  ];
}

function parseMaxAge(maxAge: unknown, pointer: string): number {
  const [, number, unit] = /^([1-9]\d{0,4})([hdw])$/.exec(String(maxAge)) ?? [];
  if (number !== undefined) return Number(number) * secondsOf[unit as keyof typeof secondsOf];
  throw new InvalidArgumentError(
    `The schema's x-max-age of ${pointer || 'the secret'} is no age.`,
    'write hours, days or weeks, such as "12h", "90d" or "26w".',
  );
}

function valueAt(value: unknown, pointer: string): unknown {
  const names = pointer.split('/').slice(1);
  return names.reduce<unknown>((inner, escaped) => {
    const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    return isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined;
  }, value);
}

function parse(plaintext: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(plaintext).toString());
  } catch {
    return undefined; // what was no JSON had no such values
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

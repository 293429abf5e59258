import { createHash } from 'node:crypto';
import { isMap } from './values.ts';

/** A function that always gives the same for the same arguments. They are known in full. */
type Pure = (...args: unknown[]) => unknown;

/** The arguments of a function are not what it takes: what Terraform would say is not worked out here. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

function fail(): never {
  throw new ArgumentError();
}

/** Text, as Terraform converts numbers and booleans. */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' && /^-?[\d.]{1,16}$/.test(String(value)) ? String(value) : fail();
}

function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,9})?$/.test(value) ? Number(value) : fail();
}

/** A boolean, which Terraform also takes as text. */
export function toBoolean(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : fail();
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : fail());
const map = (value: unknown): Record<string, unknown> => (isMap(value) ? value : fail());
const whole = (value: unknown): number => {
  const number = toNumber(value);
  return Number.isInteger(number) ? number : fail();
};

/** Terraform's `==`: type and value, lists and maps item by item. */
export function areEqual(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item) =>
    isMap(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}

function distinct(items: readonly unknown[]): unknown[] {
  return [...new Map(items.map((item) => [canonical(item), item])).values()];
}

/** The items of a list, a set or a map have one type; Terraform converts those of several, which is not done here. */
function alike(items: readonly unknown[]): void {
  if (new Set(items.filter((item) => item !== null).map(kindOf)).size > 1) fail();
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify(value.map(kindOf));
  if (!isMap(value)) return typeof value;
  return JSON.stringify(Object.entries(value).map(([name, item]) => [name, kindOf(item)]));
}

/** A set is in the order of its texts. */
function toSet(value: unknown): unknown[] {
  alike(list(value));
  const items = distinct(list(value));
  return items.every((item) => typeof item === 'string') ? items.sort(byBytes) : items;
}

function byBytes(a: unknown, b: unknown): number {
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

/** As Go writes JSON: keys sorted, `<`, `>` and `&` escaped. */
function encodeJson(value: unknown): string {
  return canonical(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function format(template: unknown, ...args: unknown[]): string {
  let next = 0;
  const text = toText(template).replace(/%(%|[sdvq]|.?)/g, (_, verb: string) => {
    if (verb === '%') return '%';
    const value = args[next++];
    if (verb === 's' || verb === 'v') return toText(value);
    if (verb === 'd') return String(whole(value));
    return verb === 'q' ? encodeJson(toText(value)) : fail();
  });
  return next === args.length ? text : fail();
}

/** Only what Go's RE2 and JavaScript read alike: characters, classes, groups and simple repetition. */
function pattern(text: unknown, flags: string): RegExp {
  const source = toText(text);
  if (
    !/^(?:[\w :/@.,=+*^$()|?#-]|\[[\w .:/@-]+\]|\\[./dws$^*+?()[\]-])*$/.test(source) ||
    /\(\?/.test(source)
  )
    fail();
  try {
    return new RegExp(source, flags);
  } catch {
    return fail();
  }
}

function found(match: RegExpMatchArray | RegExpExecArray): unknown {
  return match.length === 1 ? match[0] : match.slice(1).map((group) => group ?? null);
}

function flatten(value: unknown): unknown[] {
  return list(value).flatMap((item) => (Array.isArray(item) ? flatten(item) : [item]));
}

function product(lists: readonly unknown[][]): unknown[][] {
  const combine = (all: unknown[][], items: unknown[]) =>
    all.flatMap((head) => items.map((item) => [...head, item]));
  const size = lists.reduce((count, items) => count * items.length, 1);
  return size > 10_000 ? fail() : lists.reduce(combine, [[]]);
}

/** Beyond these letters, Go and JavaScript do not agree on what a capital is. */
function ascii(value: unknown): string {
  const text = toText(value);
  return /^[\x20-\x7e\s]*$/.test(text) ? text : fail();
}

const hash = (algorithm: string) => (text: unknown) =>
  createHash(algorithm).update(toText(text)).digest('hex');
const contains = (items: readonly unknown[], item: unknown) => items.some((other) => areEqual(other, item));
const trim = (characters: unknown) => toText(characters).replace(/[\\\]^-]/g, '\\$&');

/**
 * The functions of Terraform that are pure and simple enough to be the same here:
 * https://developer.hashicorp.com/terraform/language/functions. All others, such as `file` and `timestamp`, are
 * unknown.
 */
export const FUNCTIONS: Readonly<Record<string, Pure>> = {
  abs: (value) => Math.abs(toNumber(value)),
  alltrue: (items) => list(items).every(toBoolean),
  anytrue: (items) => list(items).some(toBoolean),
  base64decode: (text) => {
    const bytes = Buffer.from(toText(text), 'base64');
    return bytes.toString('base64') === text ? bytes.toString() : fail();
  },
  base64encode: (text) => Buffer.from(toText(text)).toString('base64'),
  ceil: (value) => Math.ceil(toNumber(value)),
  chomp: (text) => toText(text).replace(/[\r\n]+$/, ''),
  coalesce: (...items) => {
    alike(items);
    return items.find((item) => item !== null && item !== '') ?? fail();
  },
  coalescelist: (...items) => items.find((item) => list(item).length > 0) ?? fail(),
  compact: (items) => list(items).filter((item) => item !== null && item !== ''),
  concat: (...items) => items.flatMap(list),
  contains: (items, item) => contains(list(items), item),
  distinct: (items) => {
    alike(list(items));
    return distinct(list(items));
  },
  element: (items, index) => {
    const all = list(items);
    return all.length > 0 && whole(index) >= 0 ? all[whole(index) % all.length] : fail();
  },
  endswith: (text, end) => toText(text).endsWith(toText(end)),
  flatten,
  floor: (value) => Math.floor(toNumber(value)),
  format,
  formatlist: (template, ...args) => {
    const count = Math.max(...args.map((arg) => (Array.isArray(arg) ? arg.length : 1)), 0);
    return Array.from({ length: count }, (_, index) =>
      format(template, ...args.map((arg) => (Array.isArray(arg) ? (arg[index] ?? fail()) : arg))),
    );
  },
  index: (items, item) => {
    const index = list(items).findIndex((other) => areEqual(other, item));
    return index >= 0 ? index : fail();
  },
  join: (separator, ...items) => items.flatMap(list).map(toText).join(toText(separator)),
  jsondecode: (text) => {
    try {
      return JSON.parse(toText(text));
    } catch {
      return fail();
    }
  },
  jsonencode: encodeJson,
  keys: (value) => Object.keys(map(value)).sort(byBytes),
  length: (value) =>
    Array.isArray(value)
      ? value.length
      : isMap(value)
        ? Object.keys(value).length
        : [...new Intl.Segmenter().segment(toText(value))].length,
  lookup: (value, key, ...otherwise) => {
    const name = toText(key);
    if (Object.hasOwn(map(value), name)) return map(value)[name];
    return otherwise.length > 0 ? otherwise[0] : fail();
  },
  lower: (text) => ascii(text).toLowerCase(),
  max: (...values) => (values.length > 0 ? Math.max(...values.map(toNumber)) : fail()),
  md5: hash('md5'),
  merge: (...values) =>
    Object.fromEntries(
      values.filter((value) => value !== null).flatMap((value) => Object.entries(map(value))),
    ),
  min: (...values) => (values.length > 0 ? Math.min(...values.map(toNumber)) : fail()),
  nonsensitive: (value) => value,
  one: (items) => {
    const all = list(items);
    return all.length > 1 ? fail() : (all[0] ?? null);
  },
  parseint: (text, base) => {
    const number = Number.parseInt(toText(text), whole(base));
    return number.toString(whole(base)) === toText(text).toLowerCase() ? number : fail();
  },
  range: (...values) => {
    const [first, second, third] = values.map(whole);
    const [from, to] = second === undefined ? [0, first ?? fail()] : [first ?? fail(), second];
    const step = third ?? (to < from ? -1 : 1);
    const count = Math.ceil((to - from) / step);
    if (step === 0 || count > 10_000) fail();
    return Array.from({ length: Math.max(count, 0) }, (_, index) => from + index * step);
  },
  regex: (source, text) => found(pattern(source, 'u').exec(toText(text)) ?? fail()),
  regexall: (source, text) => {
    const matches = [...toText(text).matchAll(pattern(source, 'gu'))];
    // Where nothing matches, Go and JavaScript do not agree on how often.
    return matches.some(([whole]) => whole === '') ? fail() : matches.map(found);
  },
  replace: (text, part, by) => {
    const search = toText(part);
    const isPattern = search.length > 1 && search.startsWith('/') && search.endsWith('/');
    const replacement = toText(by);
    if (!isPattern) return toText(text).replaceAll(search, () => replacement);
    return replacement.includes('$')
      ? fail()
      : toText(text).replace(pattern(search.slice(1, -1), 'gu'), () => replacement);
  },
  reverse: (items) => list(items).toReversed(),
  sensitive: (value) => value,
  setintersection: (first, ...others) =>
    toSet(list(first).filter((item) => others.every((other) => contains(list(other), item)))),
  setproduct: (...lists) => product(lists.map(list)),
  setsubtract: (a, b) => toSet(list(a).filter((item) => !contains(list(b), item))),
  setunion: (...lists) => toSet(lists.flatMap(list)),
  sha1: hash('sha1'),
  sha256: hash('sha256'),
  sha512: hash('sha512'),
  slice: (items, from, to) => list(items).slice(whole(from), whole(to)),
  sort: (items) => list(items).map(toText).sort(byBytes),
  split: (separator, text) => toText(text).split(toText(separator)),
  startswith: (text, start) => toText(text).startsWith(toText(start)),
  strcontains: (text, part) => toText(text).includes(toText(part)),
  strrev: (text) => [...toText(text)].reverse().join(''),
  substr: (text, offset, length) => {
    const characters = [...toText(text)];
    const start = whole(offset) < 0 ? characters.length + whole(offset) : whole(offset);
    const end = whole(length) < 0 ? characters.length : start + whole(length);
    return start >= 0 ? characters.slice(start, end).join('') : fail();
  },
  sum: (items) =>
    (list(items).length > 0 ? list(items) : fail()).reduce<number>((total, item) => total + whole(item), 0),
  title: (text) => ascii(text).replace(/(?<![\p{L}\p{N}_])\p{Ll}/gu, (letter) => letter.toUpperCase()),
  tobool: (value) => (value === null ? null : toBoolean(value)),
  tolist: (items) => {
    alike(list(items));
    return items;
  },
  tomap: (value) => {
    alike(Object.values(map(value)));
    return value;
  },
  tonumber: (value) => (value === null ? null : toNumber(value)),
  toset: toSet,
  tostring: (value) => (value === null ? null : toText(value)),
  trim: (text, characters) =>
    toText(text).replace(new RegExp(`^[${trim(characters)}]+|[${trim(characters)}]+$`, 'gu'), ''),
  trimprefix: (text, prefix) =>
    toText(text).startsWith(toText(prefix)) ? toText(text).slice(toText(prefix).length) : toText(text),
  trimspace: (text) => toText(text).trim(),
  trimsuffix: (text, suffix) =>
    toText(suffix) !== '' && toText(text).endsWith(toText(suffix))
      ? toText(text).slice(0, -toText(suffix).length)
      : toText(text),
  upper: (text) => ascii(text).toUpperCase(),
  values: (value) =>
    Object.entries(map(value))
      .sort(([a], [b]) => byBytes(a, b))
      .map(([, item]) => item),
  zipmap: (names, items) =>
    Object.fromEntries(list(names).map((name, index) => [toText(name), list(items)[index] ?? fail()])),
};

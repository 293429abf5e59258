import { CommandError } from '../errors.ts';

/** An object of JSON. */
export type Values = Readonly<Record<string, unknown>>;

/** The keys that an object of a JSON text has more than once, as JSON pointers; the text is valid JSON. */
export function duplicateKeys(text: string): string[] {
  const found: string[] = [];
  const open: { keys?: Set<string>; name: string; index: number }[] = [];
  let last = '';
  for (const token of tokensOf(text)) {
    const inner = open.at(-1);
    if (token === '{') open.push({ keys: new Set(), name: '', index: 0 });
    else if (token === '[') open.push({ name: '0', index: 0 });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',' && inner && !inner.keys) {
      inner.index += 1;
      inner.name = String(inner.index);
    } else if (token === ':' && inner?.keys) {
      inner.name = JSON.parse(last) as string;
      if (inner.keys.has(inner.name)) found.push(open.map(({ name }) => `/${escaped(name)}`).join(''));
      inner.keys.add(inner.name);
    }
    last = token;
  }
  return found;
}

/** The strings of a JSON text, and what opens, separates and closes objects and lists. */
function* tokensOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '"') {
      const end = endOfString(text, at);
      yield text.slice(at, end);
      at = end - 1;
    } else if ('{}[]:,'.includes(character)) yield character;
  }
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
  }
  return text.length;
}

/**
 * The path that a user named: a JSON pointer (RFC 6901), which begins with a slash, or a key of the config itself.
 *
 * @throws CommandError for a pointer that is none
 */
export function pathOf(name: string): string[] {
  if (!name.startsWith('/')) return [name];
  const segments = name.slice(1).split('/');
  if (segments.some((segment) => /~(?![01])/.test(segment))) {
    throw new CommandError('A JSON pointer has ~0 for ~ and ~1 for a slash within a name: write it so.');
  }
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What is at a path; undefined, which no JSON is, where there is nothing. */
export function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (has(value, name) ? value[name] : undefined), values);
}

/**
 * A copy with another value at a path. Objects on the way are made where there are none; `-` is the end of a list.
 *
 * @throws CommandError where the path leads through something that is neither object nor list
 */
export function withValue(values: Values, path: readonly string[], value: unknown): Values {
  return replaced(values, path, () => value, '') as Values;
}

/** A copy without what is at a path. */
export function withoutValue(values: Values, path: readonly string[]): Values {
  const last = path.at(-1) ?? '';
  const parent = valueAt(values, path.slice(0, -1));
  const rest = Array.isArray(parent)
    ? parent.filter((_, index) => String(index) !== last)
    : Object.fromEntries(Object.entries(parent as Values).filter(([name]) => name !== last));
  return path.length === 1 ? (rest as Values) : withValue(values, path.slice(0, -1), rest);
}

function replaced(
  here: unknown,
  [name, ...rest]: readonly string[],
  value: () => unknown,
  at: string,
): unknown {
  if (name === undefined) return value();
  const inner = has(here, name) ? here[name] : undefined;
  const next = () => replaced(inner, rest, value, `${at}/${escaped(name)}`);
  if (here === undefined) return { [name]: next() };
  if (Array.isArray(here)) {
    const index = name === '-' ? here.length : Number(name);
    if (!/^(?:-|0|[1-9]\d*)$/.test(name) || index > here.length) {
      throw new CommandError(
        `${at} is a list of ${here.length}: name one of its places, from 0, or - for its end.`,
      );
    }
    return here.toSpliced(index, 1, next());
  }
  if (typeof here === 'object' && here !== null) return { ...here, [name]: next() };
  throw new CommandError(`${at} is neither an object nor a list: set it as a whole, with --json.`);
}

function has(value: unknown, name: string): value is Values {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, name) && !(Array.isArray(value) && name === 'length');
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

import { nearest } from './nearest.ts';
import { problemOf, type RawSetting, type RawSettings } from './raw-settings.ts';
import { isObject, parseJson } from './rule.ts';
import type { SettingsProblem } from './settings-error.ts';
import { keyOf, type Table } from './table.ts';

/** One entry of a list of settings as it was found. */
export interface Entry {
  /** How messages name it: `services[0]`. */
  readonly label: string;
  readonly settings: RawSettings;
  /** What it holds under keys that are no settings of one value: lists inside. */
  readonly lists: Readonly<Record<string, RawSetting>>;
}

/** A list of settings as it was found. */
export interface List {
  readonly raw: Omit<RawSetting, 'value'>;
  /** What each entry sets. Those that are no objects with a name are left out. */
  readonly entries: readonly Entry[];
  /** What is wrong with the list's shape. Values are for others to check. */
  readonly problems: readonly SettingsProblem[];
}

/** What a list's entries may hold. */
export interface ListShape {
  readonly table: Table;
  /** Keys of lists inside an entry. */
  readonly lists: readonly string[];
  /** The list in words. */
  readonly allowed: string;
}

/** Reads a list of settings: JSON, or the same as text. */
export function readList(found: Omit<RawSetting, 'value'>, shape: ListShape): List {
  const raw = { ...found, value: undefined };
  const list = typeof found.got === 'string' ? parseJson(found.got) : found.got;
  if (!Array.isArray(list) || list.length === 0) {
    return { raw, entries: [], problems: [problemOf(raw, shape.allowed)] };
  }
  const read = list.map((entry: unknown, index) =>
    readEntry({ ...raw, label: `${raw.label}[${index}]`, got: entry }, shape),
  );
  return {
    raw,
    entries: read.flatMap(({ entry }) => entry ?? []),
    problems: read.flatMap(({ problems }) => problems),
  };
}

function readEntry(raw: RawSetting, shape: ListShape): { entry?: Entry; problems: SettingsProblem[] } {
  const { got, label } = raw;
  if (!isObject(got) || !Object.hasOwn(got, 'name')) {
    return { problems: [problemOf(raw, 'an object with at least the key "name"', `set "${label}.name"`)] };
  }
  const at = (key: string): RawSetting => ({
    ...raw,
    label: `${label}.${key}`,
    got: got[key],
    value: undefined,
    fix: `change "${label}.${key}" in the ${raw.source}`,
  });
  const names = Object.keys(shape.table).filter((name) => Object.hasOwn(got, keyOf(name)));
  const settings = names.map((name) => {
    const found = at(keyOf(name));
    return [name, { ...found, value: shape.table[name]?.rule.toText(found.got) }] as const;
  });
  const lists = shape.lists.filter((key) => Object.hasOwn(got, key)).map((key) => [key, at(key)] as const);
  return {
    entry: { label, settings: Object.fromEntries(settings), lists: Object.fromEntries(lists) },
    problems: unknownKeys(raw, got, shape),
  };
}

function unknownKeys(raw: RawSetting, got: Record<string, unknown>, shape: ListShape): SettingsProblem[] {
  const keys = [...Object.keys(shape.table).map(keyOf), ...shape.lists];
  return Object.keys(got)
    .filter((key) => !keys.includes(key))
    .map((key) =>
      problemOf(
        { ...raw, label: `${raw.label}.${key}`, got: got[key] },
        `these keys: ${keys.join(', ')}`,
        `in the ${raw.source}, rename it to "${nearest(key, keys)}" if that was meant, else remove it`,
      ),
    );
}

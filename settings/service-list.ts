import { nearest } from './nearest.ts';
import {
  asText,
  problemOf,
  type RawInput,
  type RawSetting,
  type RawSettings,
  rawSetting,
} from './raw-settings.ts';
import type { SettingsProblem } from './settings-error.ts';
import { SERVICE_SETTING_SOURCES, SERVICES, type ServiceSettingName } from './sources.ts';

/** One entry of the list as it was found. */
export interface ServiceEntry {
  /** Its place in the list, from 0. */
  readonly index: number;
  readonly settings: RawSettings;
}

/** The setting `services` as it was found. */
export interface ServiceList {
  readonly raw: RawSetting;
  /** What each entry sets. Those that are no objects with a name are left out. */
  readonly entries: readonly ServiceEntry[];
  /** What is wrong with the list's shape. Values are for others to check. */
  readonly problems: readonly SettingsProblem[];
}

const ALLOWED =
  'a list with an entry for each service, e.g. [{"name": "orders"}, {"name": "invoices", "public": true}]';

/** Reads the list of services; undefined when there is none, which means a single service. */
export function readServiceList(input: RawInput): ServiceList | undefined {
  const found = rawSetting(SERVICES.setting, SERVICES.environmentVariable, input);
  if (!found) return undefined;
  const raw = { ...found, value: undefined };
  const list = typeof found.got === 'string' ? parse(found.got) : found.got;
  if (!Array.isArray(list) || list.length === 0) {
    return { raw, entries: [], problems: [problemOf(raw, ALLOWED)] };
  }
  const read = list.map((entry: unknown, index) => readEntry({ ...raw, label: labelOf(index), got: entry }));
  return {
    raw,
    entries: read.flatMap(({ settings }, index) => (settings ? [{ index, settings }] : [])),
    problems: read.flatMap(({ problems }) => problems),
  };
}

/** How messages name an entry of the list, or one of its settings. */
export function labelOf(index: number, name?: ServiceSettingName): string {
  const entry = `${SERVICES.setting}[${index}]`;
  return name ? `${entry}.${keyOf(name)}` : entry;
}

/** Nothing but JSON is a list. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keyOf(name: ServiceSettingName): string {
  return name === 'serviceName' ? 'name' : name;
}

const NAMES = Object.keys(SERVICE_SETTING_SOURCES) as ServiceSettingName[];
const KEYS = NAMES.map(keyOf);

function readEntry(raw: RawSetting): { settings?: RawSettings; problems: SettingsProblem[] } {
  const { got, label } = raw;
  if (typeof got !== 'object' || got === null || !Object.hasOwn(got, 'name')) {
    return { problems: [problemOf(raw, 'an object with at least the key "name"', `set "${label}.name"`)] };
  }
  const settings = NAMES.filter((name) => Object.hasOwn(got, keyOf(name))).map((name) => {
    const at = `${label}.${keyOf(name)}`;
    const value = got[keyOf(name) as keyof typeof got] as unknown;
    const fix = `change "${at}" in the ${raw.source}`;
    return [name, { ...raw, label: at, got: value, value: asText(name, value), fix }] as const;
  });
  return { settings: Object.fromEntries(settings), problems: unknownKeys(raw, Object.entries(got)) };
}

function unknownKeys(raw: RawSetting, entries: readonly (readonly [string, unknown])[]): SettingsProblem[] {
  return entries
    .filter(([key]) => !KEYS.includes(key))
    .map(([key, got]) =>
      problemOf(
        { ...raw, label: `${raw.label}.${key}`, got },
        `these keys: ${KEYS.join(', ')}`,
        `in the ${raw.source}, rename it to "${nearest(key, KEYS)}" if that was meant, else remove it`,
      ),
    );
}

import { isDeepStrictEqual } from 'node:util';
import { fieldsOf, fromFieldsV1, toFieldsV1 } from './field-paths.ts';
import { apiVersionOf, type Kind } from './kinds.ts';
import type { Fields, ManagedFields } from './objects.ts';

/** Who writes, and what. */
export interface Writer {
  /** `fieldManager` of the request, or the first word of its User-Agent. */
  readonly manager: string;
  readonly subresource?: string | undefined;
  readonly time: string;
}

/** Parts of an object that are there before anybody has set a field of them, because Go writes them when empty. */
const ALWAYS_THERE = new Set(
  [
    'metadata',
    'spec',
    'status',
    'spec strategy',
    'spec template',
    'spec template metadata',
    'spec template spec',
    'spec template spec containers',
    'spec scaleTargetRef',
  ].map((path) =>
    path
      .split(' ')
      .map((name) => `f:${name}`)
      .join('\0'),
  ),
);

/** Whose fields are whose after an object was made, or changed otherwise than by server-side apply. */
export function afterUpdate(kind: Kind, before: Fields | undefined, after: Fields, writer: Writer) {
  const relevant = (object: Fields) => fieldsOf(onlyWritten(kind, object, writer.subresource));
  const [old, now] = [before ? relevant(before) : new Map<string, string>(), relevant(after)];
  const changed = [...now.keys()].filter(
    (path) => old.get(path) !== now.get(path) && !(ALWAYS_THERE.has(path) && now.get(path) === ''),
  );
  const all = fieldsOf(after);
  const isChanged = new Set(changed.filter((path) => old.has(path) && now.get(path) !== ''));
  const earlier = (before?.metadata.managedFields ?? []) as ManagedFields[];
  const isOwn = (entry: ManagedFields) =>
    entry.operation === 'Update' &&
    entry.manager === writer.manager &&
    entry.subresource === writer.subresource;
  const others = earlier.flatMap((entry) =>
    isOwn(entry)
      ? []
      : entryWith(
          entry,
          fromFieldsV1(entry.fieldsV1).filter((path) => all.has(path) && !isChanged.has(path)),
        ),
  );
  const own = earlier.find(isOwn);
  const kept = own ? fromFieldsV1(own.fieldsV1).filter((path) => all.has(path)) : [];
  const paths = new Set([...kept, ...changed]);
  if (paths.size === 0) return sorted(others);
  const isSame = own && changed.length === 0;
  return sorted([
    ...others,
    {
      manager: writer.manager,
      operation: 'Update',
      apiVersion: apiVersionOf(kind),
      time: isSame ? own.time : writer.time,
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(paths),
      ...(writer.subresource !== undefined && { subresource: writer.subresource }),
    } as ManagedFields,
  ]);
}

/** Nobody owns a status but who writes the subresource. */
function onlyWritten(kind: Kind, object: Fields, subresource: string | undefined): Fields {
  const { status, ...rest } = object;
  if (subresource === 'status') return { metadata: {}, status };
  return kind.hasStatus ? rest : object;
}

/** The entry with other paths; none when no path is left. */
export function entryWith(entry: ManagedFields, paths: readonly string[]): ManagedFields[] {
  if (paths.length === 0) return [];
  const fieldsV1 = toFieldsV1(paths);
  return [isDeepStrictEqual(fieldsV1, entry.fieldsV1) ? entry : { ...entry, fieldsV1 }];
}

/** Apply before Update, then by time, then by name. */
export function sorted(entries: readonly ManagedFields[]): ManagedFields[] {
  const rank = ({ operation, time = '', manager }: ManagedFields) => `${operation} ${time} ${manager}`;
  return [...entries].sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
}

import { KubernetesError } from './errors.ts';
import {
  fieldsOf,
  fromFieldsV1,
  isAtomic,
  itemKey,
  listKeys,
  readablePath,
  withoutPath,
} from './field-paths.ts';
import { apiVersionOf, type Kind } from './kinds.ts';
import { entryWith, sorted } from './managed-fields.ts';
import { type Fields, isFields, type KubernetesObject, type ManagedFields, sortedJson } from './objects.ts';

/** Who applies, and whether fields of others are taken over. */
export interface Apply {
  readonly manager: string;
  readonly force: boolean;
  readonly time: string;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Server-side apply (https://kubernetes.io/docs/reference/using-api/server-side-apply/): the fields that the manager
 * names are set, those that it does not name any more and nobody else has are gone.
 * @param live what is stored; undefined to make the object
 * @returns the object, its `managedFields` included
 * @throws KubernetesError Conflict where a field has another value and another manager, without `force`
 */
export function serverSideApply(
  kind: Kind,
  live: KubernetesObject | undefined,
  config: Fields,
  apply: Apply,
): Fields {
  const wanted = fieldsOf(config);
  const entries = live?.metadata.managedFields ?? [];
  const isOwn = ({ operation, manager, subresource }: ManagedFields) =>
    operation === 'Apply' && manager === apply.manager && subresource === undefined;
  const others = entries.filter((entry) => !isOwn(entry));
  const conflicts = live ? conflictsOf(fieldsOf(live), wanted, others) : [];
  if (conflicts.length > 0 && !apply.force) throw conflictError(conflicts);
  const taken = new Set(conflicts.map(({ path }) => path));
  const kept = others.flatMap((entry) =>
    entryWith(
      entry,
      fromFieldsV1(entry.fieldsV1).filter((path) => !taken.has(path)),
    ),
  );
  const owned = new Set(kept.flatMap(({ fieldsV1 }) => fromFieldsV1(fieldsV1)));
  const before = entries.filter(isOwn).flatMap(({ fieldsV1 }) => fromFieldsV1(fieldsV1));
  const dropped = before.filter((path) => !wanted.has(path) && !owned.has(path));
  const pruned = dropped.reduce((object, path) => withoutPath(object, path), (live ?? {}) as Fields);
  const merged = mergeApplied(pruned, config, '') as Fields;
  const entry: ManagedFields = {
    manager: apply.manager,
    operation: 'Apply',
    apiVersion: apiVersionOf(kind),
    time: apply.time,
    fieldsType: 'FieldsV1',
    fieldsV1: {},
  };
  const metadata = { ...merged.metadata, ...lastApplied(live, config, apply) };
  return {
    ...merged,
    metadata: { ...metadata, managedFields: sorted([...kept, ...entryWith(entry, leavesOf(wanted))]) },
  };
}

/** Of what is applied, an object or a list is its fields; an item of a list is also itself. */
function leavesOf(fields: ReadonlyMap<string, string>): string[] {
  const isItem = (path: string) => path.slice(path.lastIndexOf('\0') + 1).startsWith('k:');
  return [...fields].filter(([path, value]) => value !== '' || isItem(path)).map(([path]) => path);
}

interface Conflict {
  readonly path: string;
  readonly manager: string;
  readonly entry: ManagedFields;
}

function conflictsOf(
  live: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
  others: readonly ManagedFields[],
): Conflict[] {
  return others.flatMap((entry) =>
    fromFieldsV1(entry.fieldsV1)
      .filter((path) => wanted.has(path) && live.has(path) && wanted.get(path) !== live.get(path))
      .map((path) => ({ path, manager: entry.manager, entry })),
  );
}

function conflictError(conflicts: readonly Conflict[]): KubernetesError {
  const count = conflicts.length === 1 ? '1 conflict' : `${conflicts.length} conflicts`;
  const by = [...new Set(conflicts.map(({ manager }) => manager))];
  const said = by.map((manager) => {
    const paths = conflicts.filter((conflict) => conflict.manager === manager).map(({ path }) => path);
    return `conflict${paths.length > 1 ? 's' : ''} with ${JSON.stringify(manager)}: ${paths.map(readablePath).join(', ')}`;
  });
  return new KubernetesError('Conflict', `Apply failed with ${count}: ${said.join('; ')}`, {
    causes: conflicts.map(({ path, manager, entry }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${JSON.stringify(manager)}${entry.subresource ? ` with subresource "${entry.subresource}"` : ''} using ${entry.apiVersion}`,
      field: readablePath(path),
    })),
  });
}

function mergeApplied(live: unknown, config: unknown, name: string): unknown {
  if (isAtomic(name, config)) return config;
  if (Array.isArray(config)) {
    const keys = listKeys(name, config) ?? [];
    const items = new Map((Array.isArray(live) ? live : []).map((item) => [itemKey(item, keys), item]));
    for (const item of config) {
      const key = itemKey(item, keys);
      items.set(key, mergeApplied(items.get(key), item, ''));
    }
    return [...items.values()];
  }
  const before = isFields(live) ? live : {};
  const after = Object.entries(config as Fields).map(([field, value]) => [
    field,
    mergeApplied(before[field], value, field),
  ]);
  return { ...before, ...Object.fromEntries(after) };
}

/** The server keeps kubectl's note of what it applied before, so that one may go back to applying by kubectl itself. */
function lastApplied(live: KubernetesObject | undefined, config: Fields, { manager }: Apply) {
  const annotations = live?.metadata.annotations;
  if (manager !== 'kubectl' || annotations?.[LAST_APPLIED] === undefined) return {};
  return { annotations: { ...annotations, [LAST_APPLIED]: `${sortedJson(config)}\n` } };
}

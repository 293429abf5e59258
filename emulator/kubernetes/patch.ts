import { applyPatch, type Operation } from 'rfc6902';
import { mergePatch } from '../storage/merge-patch.ts';
import { KubernetesError } from './errors.ts';
import { listKeys } from './field-paths.ts';
import { type Fields, isFields } from './objects.ts';

/** The kinds of patches that change an object as it is (the other is server-side apply). */
export type PatchType =
  | 'application/json-patch+json'
  | 'application/merge-patch+json'
  | 'application/strategic-merge-patch+json';

/**
 * Changes a copy of an object.
 * @throws KubernetesError Invalid or BadRequest where the patch does not fit the object
 */
export function patched(object: Fields, type: PatchType, patch: unknown): Fields {
  if (type === 'application/json-patch+json') return jsonPatch(object, patch);
  if (!isFields(patch)) throw new KubernetesError('BadRequest', 'a patch must be an object');
  return type === 'application/merge-patch+json'
    ? (mergePatch(object, patch) as Fields)
    : (strategicMerge(object, patch) as Fields);
}

function jsonPatch(object: Fields, patch: unknown): Fields {
  if (!Array.isArray(patch)) throw new KubernetesError('BadRequest', 'a JSON patch must be a list');
  const copy = structuredClone(object);
  const problem = applyPatch(copy, patch as Operation[]).find((outcome) => outcome !== null);
  if (problem) {
    throw new KubernetesError('Invalid', `the server rejected our request due to an error in our request`, {
      causes: [{ message: problem.message }],
    });
  }
  return copy;
}

/**
 * A merge patch that knows which lists are merged item by item
 * (https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md).
 */
export function strategicMerge(target: unknown, patch: Fields): unknown {
  const { $patch: directive, $retainKeys: retained, ...fields } = patch;
  if (directive === 'replace') return fields;
  const before = isFields(target) ? target : {};
  const isKept = (name: string) => !Array.isArray(retained) || retained.includes(name);
  const merged: Fields = Object.fromEntries(Object.entries(before).filter(([name]) => isKept(name)));
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith('$setElementOrder/')) continue;
    if (name.startsWith('$deleteFromPrimitiveList/')) {
      const list = name.slice('$deleteFromPrimitiveList/'.length);
      merged[list] = ((merged[list] ?? []) as unknown[]).filter((item) => !value.includes(item));
    } else if (value === null || (isFields(value) && value.$patch === 'delete')) delete merged[name];
    else if (isFields(value)) merged[name] = strategicMerge(merged[name], value);
    else if (Array.isArray(value)) merged[name] = mergedList(name, merged[name], value);
    else merged[name] = value;
  }
  for (const [name, order] of Object.entries(fields)) {
    if (!name.startsWith('$setElementOrder/')) continue;
    const list = name.slice('$setElementOrder/'.length);
    if (Array.isArray(merged[list])) merged[list] = inOrder(list, merged[list], order);
  }
  return merged;
}

/** Finalizers are the only list of texts that is merged. */
function mergedList(name: string, target: unknown, patch: unknown[]): unknown[] {
  const before = Array.isArray(target) ? target : [];
  if (name === 'finalizers') return [...new Set([...before, ...patch])];
  const key = mergeKey(name, patch);
  if (key === undefined || patch.some((item) => isFields(item) && item.$patch === 'replace')) {
    return patch.filter((item) => !(isFields(item) && item.$patch === 'replace'));
  }
  const items = new Map<unknown, unknown>(before.map((item: Fields) => [item[key], item]));
  for (const item of patch as Fields[]) {
    if (item.$patch === 'delete') items.delete(item[key]);
    else items.set(item[key], strategicMerge(items.get(item[key]), item));
  }
  return [...items.values()];
}

function mergeKey(name: string, list: readonly unknown[]): string | undefined {
  return listKeys(name, list)?.[0];
}

function inOrder(name: string, list: Fields[], order: unknown[]): Fields[] {
  const key = mergeKey(name, list);
  if (key === undefined) return list;
  const places = new Map(order.map((item, index) => [isFields(item) ? item[key] : item, index]));
  const placeOf = (item: Fields) => places.get(item[key]) ?? places.size;
  return [...list].sort((one, other) => placeOf(one) - placeOf(other));
}

import { type Fields, isFields } from './objects.ts';

/** Lists that are merged item by item, and the fields that tell items apart; every other list is one value. */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  imagePullSecrets: ['name'],
  secrets: ['name'],
  conditions: ['type'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  hostAliases: ['ip'],
  ownerReferences: ['uid'],
};

/** Objects that are one value: `x-kubernetes-map-type: atomic` in the OpenAPI of Kubernetes. */
const ATOMIC = new Set([
  'selector',
  'podSelector',
  'labelSelector',
  'nodeSelector',
  'fieldRef',
  'secretKeyRef',
  'configMapKeyRef',
  'resourceFieldRef',
]);

/** The fields by which the items of a list are told apart; undefined where the list is one value. */
export function listKeys(name: string, list: readonly unknown[]): readonly string[] | undefined {
  const [first] = list;
  if (name !== 'ports') return LIST_KEYS[name];
  if (!isFields(first)) return undefined;
  return 'containerPort' in first ? ['containerPort', 'protocol'] : ['port', 'protocol'];
}

/** How `managedFields` name an item: `k:{"name":"service"}`. */
export function itemKey(item: Fields, keys: readonly string[]): string {
  const sorted = [...keys].sort().filter((key) => item[key] !== undefined);
  return `k:${JSON.stringify(Object.fromEntries(sorted.map((key) => [key, item[key]])))}`;
}

/** Whether a field is one value, so that no part of it has another owner. */
export function isAtomic(name: string, value: unknown): boolean {
  if (Array.isArray(value)) return listKeys(name, value) === undefined;
  return !isFields(value) || ATOMIC.has(name);
}

/** What joins the parts of a path: nothing that is in a name. */
const SEPARATOR = '\0';

/**
 * Every field of an object by its path, e.g. `f:spec␀f:replicas`, with its value as JSON; objects and lists, too, with
 * the empty text. Fields of the object that belong to the server are left out.
 */
export function fieldsOf(object: Fields): Map<string, string> {
  const { apiVersion: _, kind: __, ...fields } = object;
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'metadata') visit('metadata', ownMetadata(value), 'f:metadata', found);
    else visit(name, value, `f:${name}`, found);
  }
  return found;
}

const SERVER_METADATA = new Set([
  ...['name', 'namespace', 'generateName', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields', 'selfLink'],
]);

function ownMetadata(metadata: Fields): Fields {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !SERVER_METADATA.has(name)));
}

function visit(name: string, value: unknown, path: string, found: Map<string, string>): void {
  if (isAtomic(name, value)) {
    found.set(path, JSON.stringify(value));
    return;
  }
  found.set(path, '');
  if (Array.isArray(value)) {
    const keys = listKeys(name, value) ?? [];
    for (const item of value) visit('', item, `${path}${SEPARATOR}${itemKey(item, keys)}`, found);
    return;
  }
  for (const [field, inner] of Object.entries(value as Fields)) {
    visit(field, inner, `${path}${SEPARATOR}f:${field}`, found);
  }
}

/** The paths as `fieldsV1` writes them. */
export function toFieldsV1(paths: Iterable<string>): Fields {
  const set = new Set(paths);
  const root: Fields = {};
  for (const path of set) {
    let node = root;
    for (const part of path.split(SEPARATOR)) {
      node[part] ??= {};
      node = node[part];
    }
  }
  markOwned(root, '', set);
  return root;
}

/** A dot says that a field with others below it is meant itself, too. */
function markOwned(node: Fields, path: string, set: ReadonlySet<string>): void {
  for (const [part, below] of Object.entries(node)) {
    const here = path === '' ? part : `${path}${SEPARATOR}${part}`;
    const isInner = Object.keys(below).length > 0;
    markOwned(below, here, set);
    if (isInner && set.has(here)) below['.'] = {};
  }
}

/** The paths that a `fieldsV1` names. */
export function fromFieldsV1(fieldsV1: Fields, path = ''): string[] {
  return Object.entries(fieldsV1).flatMap(([part, below]) => {
    if (part === '.') return [path];
    const here = path === '' ? part : `${path}${SEPARATOR}${part}`;
    return Object.keys(below).length === 0 ? [here] : fromFieldsV1(below, here);
  });
}

/** The path for people: `.spec.template.spec.containers[name="service"].image`. */
export function readablePath(path: string): string {
  return path
    .split(SEPARATOR)
    .map((part) => {
      if (part.startsWith('f:')) return `.${part.slice(2)}`;
      const keys = Object.entries(JSON.parse(part.slice(2)) as Fields);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}

/** The object without the field at that path. */
export function withoutPath(object: Fields, path: string): Fields {
  return without(object, path.split(SEPARATOR), '') as Fields;
}

function without(value: unknown, [part = '', ...rest]: string[], name: string): unknown {
  if (Array.isArray(value)) {
    const keys = listKeys(name, value) ?? [];
    const isMeant = (item: Fields) => itemKey(item, keys) === part;
    if (rest.length === 0) return value.filter((item) => !isMeant(item));
    return value.map((item) => (isMeant(item) ? without(item, rest, '') : item));
  }
  const field = part.slice(2);
  if (!isFields(value) || !(field in value)) return value;
  if (rest.length > 0) return { ...value, [field]: without(value[field], rest, field) };
  const { [field]: _, ...others } = value;
  return others;
}

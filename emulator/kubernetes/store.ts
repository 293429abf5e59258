import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { alreadyExists, KubernetesError, notFound } from './errors.ts';
import type { Kind } from './kinds.ts';
import { type Fields, type KubernetesObject, timestamp } from './objects.ts';

/** What happened to an object. */
export interface StoredEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: Kind;
  readonly object: KubernetesObject;
}

/** How many events a watch may begin before now. */
const HISTORY_LENGTH = 2000;

/** The objects of a cluster, each change of which has a number. */
export class Store {
  readonly #now: () => Date;
  readonly #listeners = new Set<(event: StoredEvent) => void>();
  #objects = new Map<string, KubernetesObject>();
  #history: StoredEvent[] = [];
  readonly #untold: StoredEvent[] = [];
  #version = 100;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** The number of the last change. */
  get resourceVersion(): string {
    return String(this.#version);
  }

  /** The time, as objects have it. */
  timestamp(): string {
    return timestamp(this.#now());
  }

  find(kind: Kind, namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#objects.get(keyOf(kind, namespace, name));
  }

  /** @throws KubernetesError NotFound */
  get(kind: Kind, namespace: string | undefined, name: string): KubernetesObject {
    const found = this.find(kind, namespace, name);
    if (!found) throw notFound(kind, name);
    return found;
  }

  /** All objects of a kind, of one namespace or of all, in the order of their names. */
  list(kind: Kind, namespace?: string): KubernetesObject[] {
    const prefix = keyOf(kind, namespace ?? '', '');
    return [...this.#objects]
      .filter(([key]) => key.startsWith(namespace === undefined ? `${kind.group}/${kind.plural}/` : prefix))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, object]) => object);
  }

  /**
   * Stores an object that is new.
   * @param isDryRun whether it is only shown what would be stored
   * @throws KubernetesError AlreadyExists
   */
  add(kind: Kind, object: Fields, isDryRun = false): KubernetesObject {
    const { metadata } = object;
    const key = keyOf(kind, metadata.namespace, metadata.name);
    if (this.#objects.has(key)) throw alreadyExists(kind, metadata.name);
    const { managedFields, ...own } = metadata;
    const stored = {
      ...object,
      metadata: {
        ...own,
        uid: randomUUID(),
        ...(!isDryRun && { resourceVersion: this.#next() }),
        ...(kind.hasGeneration && { generation: 1 }),
        creationTimestamp: this.timestamp(),
        ...(managedFields && { managedFields }),
      },
    } as KubernetesObject;
    if (isDryRun) return stored;
    this.#objects.set(key, stored);
    this.#tell({ type: 'ADDED', kind, object: stored });
    return stored;
  }

  /** Stores another version of an object; one that is the same is not stored, and has no new number. */
  replace(kind: Kind, before: KubernetesObject, after: Fields, isDryRun = false): KubernetesObject {
    if (isDeepStrictEqual(before, after)) return before;
    const { generation = 1, uid, creationTimestamp } = before.metadata;
    const isOther = !isDeepStrictEqual(before.spec, after.spec);
    const stored = {
      ...after,
      metadata: {
        ...after.metadata,
        uid,
        creationTimestamp,
        resourceVersion: isDryRun ? before.metadata.resourceVersion : this.#next(),
        ...(kind.hasGeneration && { generation: generation + (isOther ? 1 : 0) }),
      },
    } as KubernetesObject;
    if (isDryRun) return stored;
    this.#objects.set(keyOf(kind, stored.metadata.namespace, stored.metadata.name), stored);
    this.#tell({ type: 'MODIFIED', kind, object: stored });
    return stored;
  }

  /** Takes an object away, and returns it as it was last. */
  remove(kind: Kind, object: KubernetesObject): KubernetesObject {
    const { metadata } = object;
    if (!this.#objects.delete(keyOf(kind, metadata.namespace, metadata.name))) return object;
    const last = { ...object, metadata: { ...metadata, resourceVersion: this.#next() } };
    this.#tell({ type: 'DELETED', kind, object: last });
    return last;
  }

  /** Calls the listener for each change from now on. @returns a function that ends it */
  subscribe(listener: (event: StoredEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What happened since that number. @throws KubernetesError Expired when that is not known any more */
  since(resourceVersion: string): readonly StoredEvent[] {
    const [first] = this.#history;
    const from = Number(resourceVersion);
    const oldest = Number(first?.object.metadata.resourceVersion ?? this.#version + 1);
    if (this.#history.length === HISTORY_LENGTH && from < oldest - 1) {
      throw new KubernetesError('Expired', `too old resource version: ${from} (${oldest})`);
    }
    return this.#history.filter(({ object }) => Number(object.metadata.resourceVersion) > from);
  }

  /** All objects, by their keys, and the number of the last change. */
  save(): { readonly objects: ReadonlyMap<string, KubernetesObject>; readonly version: number } {
    return { objects: this.#objects, version: this.#version };
  }

  /** Takes back what `save` gave. */
  load(saved: { objects: Map<string, KubernetesObject>; version: number }): void {
    this.#objects = saved.objects;
    this.#version = saved.version;
    this.#history = [];
  }

  #next(): string {
    this.#version += 1;
    return String(this.#version);
  }

  #tell(event: StoredEvent): void {
    this.#history.push(event);
    if (this.#history.length > HISTORY_LENGTH) this.#history.shift();
    this.#untold.push(event);
    if (this.#untold.length > 1) return;
    // One after the other: what a listener changes is told after what it was told of.
    for (let next = this.#untold[0]; next; next = this.#untold[0]) {
      for (const listener of [...this.#listeners]) listener(next);
      this.#untold.shift();
    }
  }
}

function keyOf({ group, plural }: Kind, namespace: string | undefined, name: string): string {
  return `${group}/${plural}/${namespace ?? ''}/${name}`;
}

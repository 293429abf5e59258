import type { ObjectVersion } from './object-version.ts';

/** The generations of a bucket's objects, by name. */
export interface SavedObjects {
  readonly live: Map<string, ObjectVersion>;
  readonly noncurrent: Map<string, readonly ObjectVersion[]>;
  readonly softDeleted?: readonly ObjectVersion[];
}

/** How long what is deleted can be restored, at this moment. */
export interface SoftDeletion {
  readonly now: Date;
  /** 0 for not at all. */
  readonly seconds: number;
}

/**
 * The objects of one bucket, each with its generations. What is deleted for good is kept for as long as the bucket's policy
 * of soft deletion says (https://cloud.google.com/storage/docs/soft-delete).
 */
export class Objects {
  #live = new Map<string, ObjectVersion>();
  /** By name, the newest first. */
  #noncurrent = new Map<string, readonly ObjectVersion[]>();

  #softDeleted: readonly ObjectVersion[] = [];
  /** @default nothing can be restored */
  softDeletion: () => SoftDeletion = () => ({ now: new Date(0), seconds: 0 });

  /** What was deleted and can be restored. */
  softDeleted(): readonly ObjectVersion[] {
    const { now } = this.softDeletion();
    this.#softDeleted = this.#softDeleted.filter(({ hardDeleteTime = now }) => hardDeleteTime > now);
    return this.#softDeleted;
  }

  /** The live generation, or the given one whether live or not. */
  find(name: string, generation?: number): ObjectVersion | undefined {
    const live = this.#live.get(name);
    if (generation === undefined || live?.generation === generation) return live;
    return this.#noncurrent.get(name)?.find((version) => version.generation === generation);
  }

  /** Whether there is any generation of that name, or one that can be restored. */
  has(name: string): boolean {
    if (this.#live.has(name) || this.#noncurrent.has(name)) return true;
    return this.#softDeleted.some((version) => version.name === name);
  }

  /** Makes the version the live one. The one before it becomes noncurrent if versions are kept, else it is gone. */
  put(version: ObjectVersion, keepsVersions: boolean): void {
    if (keepsVersions) this.#archive(version.name, version.timeCreated);
    else this.#drop(this.#live.get(version.name));
    this.#live.set(version.name, version);
  }

  /** Replaces a generation by itself with other metadata. */
  update(version: ObjectVersion): void {
    const { name, generation } = version;
    if (this.#live.get(name)?.generation === generation) this.#live.set(name, version);
    else this.#keep(name, (other) => (other.generation === generation ? [version] : [other]));
  }

  /** Deletes the live generation: it becomes noncurrent if versions are kept, else it is gone. */
  delete(name: string, keepsVersions: boolean, now: Date): void {
    if (keepsVersions) this.#archive(name, now);
    else this.#drop(this.#live.get(name));
    this.#live.delete(name);
  }

  /** Deletes one generation for good. */
  deleteGeneration(name: string, generation: number): void {
    this.#drop(this.find(name, generation));
    if (this.#live.get(name)?.generation === generation) this.#live.delete(name);
    else this.#keep(name, (version) => (version.generation === generation ? [] : [version]));
  }

  /** Deletes for good the noncurrent generations of a name that have at least so many newer ones. */
  deleteWithNewerVersions(name: string, newerVersions: number): void {
    const liveVersions = this.#live.has(name) ? 1 : 0;
    this.#keep(name, (version, index) => {
      if (index + liveVersions < newerVersions) return [version];
      this.#drop(version);
      return [];
    });
  }

  /** The live generations, or all of them, in no order. */
  all(withNoncurrent: boolean): ObjectVersion[] {
    const live = [...this.#live.values()];
    return withNoncurrent ? [...live, ...[...this.#noncurrent.values()].flat()] : live;
  }

  /** Every generation with its content. */
  save(): SavedObjects {
    return { live: this.#live, noncurrent: this.#noncurrent, softDeleted: this.softDeleted() };
  }

  /** The objects that `save` gave. */
  static load({ live, noncurrent, softDeleted = [] }: SavedObjects): Objects {
    const objects = new Objects();
    objects.#live = live;
    objects.#noncurrent = noncurrent;
    objects.#softDeleted = softDeleted;
    return objects;
  }

  #drop(version: ObjectVersion | undefined): void {
    const { now, seconds } = this.softDeletion();
    if (!version || seconds === 0) return;
    const hardDeleteTime = new Date(now.getTime() + seconds * 1000);
    this.#softDeleted = [...this.softDeleted(), { ...version, softDeleteTime: now, hardDeleteTime }];
  }

  #archive(name: string, timeDeleted: Date): void {
    const live = this.#live.get(name);
    if (live) this.#noncurrent.set(name, [{ ...live, timeDeleted }, ...(this.#noncurrent.get(name) ?? [])]);
  }

  #keep(name: string, keep: (version: ObjectVersion, index: number) => ObjectVersion[]): void {
    const kept = (this.#noncurrent.get(name) ?? []).flatMap(keep);
    if (kept.length > 0) this.#noncurrent.set(name, kept);
    else this.#noncurrent.delete(name);
  }
}

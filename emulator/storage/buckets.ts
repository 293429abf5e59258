import { GoogleApiError } from '../http/errors.ts';
import type { Binding } from '../iam/policy.ts';
import type { KeyStore } from '../kms/key-store.ts';
import type { Persistent } from '../persistence.ts';
import type { CloudState } from '../state.ts';
import { bucketPolicyName } from './access.ts';
import { aclWanted, predefinedAcl, withAcl } from './acl.ts';
import { checkAllowedIn } from './allowed-members.ts';
import { type Bucket, checkBucketName } from './bucket.ts';
import { bucketLocation } from './bucket-location.ts';
import { bucketSettings } from './bucket-settings.ts';
import { CustomerManagedEncryption } from './encryption.ts';
import { isJsonObject, type JsonObject } from './merge-patch.ts';
import type { ObjectVersion } from './object-version.ts';
import { Objects, type SavedObjects } from './objects.ts';

interface SavedBuckets {
  readonly lastGeneration: number;
  readonly buckets: readonly (Omit<Bucket, 'objects'> & { readonly objects: SavedObjects })[];
}

/** The buckets of the local cloud. */
export class Buckets implements Persistent {
  readonly #state: CloudState;
  #buckets = new Map<string, Bucket>();
  #lastGeneration = 0;

  /** Of objects with a key of the customer's. */
  readonly encryption: CustomerManagedEncryption;

  /**
   * @param state holds the clock, and the authorizer that keeps the buckets' policies
   * @param keys those of Cloud KMS, for objects that are encrypted with them
   */
  constructor(state: CloudState, keys: KeyStore) {
    this.#state = state;
    this.encryption = new CustomerManagedEncryption(state, keys);
  }

  /**
   * Creates a bucket with Google's initial policy.
   * @param resource the bucket resource that the client sent
   * @param predefined the names of the ACLs that it asks for
   * @throws GoogleApiError INVALID_ARGUMENT for a bad name, location or setting
   */
  create(resource: JsonObject, projectId: string, predefined: PredefinedAcls = {}): Bucket {
    const { project } = this.#state;
    const name = checkBucketName(resource.name);
    const now = this.#state.now();
    const where = bucketLocation(
      resource.location ?? undefined,
      isJsonObject(resource.customPlacementConfig),
    );
    const owners = `project-owners-${project.projectNumber}`;
    const bucket: Bucket = {
      name,
      projectId,
      ...where,
      generation: this.nextGeneration(),
      metageneration: 1,
      timeCreated: now,
      updated: now,
      settings: bucketSettings(resource, undefined, now),
      defaultObjectAcl:
        aclWanted(
          'object',
          { list: resource.defaultObjectAcl, predefined: predefined.objects },
          project,
          owners,
        ) ?? predefinedAcl('object', 'projectPrivate', project),
      objects: new Objects(),
    };
    const acl = aclWanted('bucket', { list: resource.acl, predefined: predefined.bucket }, project);
    const initial = initialBindings(bucket);
    const bindings = acl ? withAcl('bucket', initial, acl, project) : initial;
    checkAllowedIn(bucket, { bindings });
    checkAllowedIn(bucket, { bindings: withAcl('object', [], bucket.defaultObjectAcl, project) });
    this.#checkDefaultKey(bucket, undefined);
    this.#followPolicy(bucket);
    this.#buckets.set(name, bucket);
    this.#state.authorizer.add(bucketPolicyName(name), bindings);
    return bucket;
  }

  /** The bucket of that name, if there is one. */
  find(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  /**
   * The bucket of that name.
   * @throws GoogleApiError NOT_FOUND in Google's words, to whoever asks
   */
  get(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket) return bucket;
    throw new GoogleApiError('NOT_FOUND', 'The specified bucket does not exist.');
  }

  /** The buckets of a project by name. */
  ofProject(projectId: string): Bucket[] {
    const buckets = [...this.#buckets.values()].filter((bucket) => bucket.projectId === projectId);
    return buckets.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Gives a bucket the settings of a resource; the next metageneration.
   * @throws GoogleApiError as bucketSettings does; nothing is changed then
   */
  update(bucket: Bucket, resource: JsonObject): Bucket {
    const now = this.#state.now();
    const settings = bucketSettings(resource, bucket.settings, now);
    const updated = { ...bucket, settings, metageneration: bucket.metageneration + 1, updated: now };
    this.#checkDefaultKey(updated, bucket);
    this.#buckets.set(bucket.name, updated);
    return updated;
  }

  /** Its objects are kept for as long as its settings say at the moment when they are deleted. */
  #followPolicy({ name, objects }: Bucket): void {
    objects.softDeletion = () => ({
      now: this.#state.now(),
      seconds: Number(this.#buckets.get(name)?.settings.softDeletePolicy.retentionDurationSeconds ?? 0),
    });
  }

  #checkDefaultKey({ settings, ...location }: Bucket, before: Bucket | undefined): void {
    const key = settings.encryption?.defaultKmsKeyName;
    if (key === undefined || key === before?.settings.encryption?.defaultKmsKeyName) return;
    this.encryption.checkKey(key, location);
  }

  /** Makes the next metageneration of a bucket, of which something beside what `update` sets has changed. */
  touch(bucket: Bucket, changes: Partial<Pick<Bucket, 'defaultObjectAcl' | 'settings'>> = {}): Bucket {
    const { metageneration } = bucket;
    const updated = {
      ...bucket,
      ...changes,
      metageneration: metageneration + 1,
      updated: this.#state.now(),
    };
    this.#buckets.set(bucket.name, updated);
    return updated;
  }

  /** The same of an object. */
  touchObject(bucket: Bucket, version: ObjectVersion): void {
    const metageneration = version.metageneration + 1;
    bucket.objects.update({ ...version, metageneration, updated: this.#state.now() });
  }

  /**
   * Deletes a bucket and its policy.
   * @throws GoogleApiError 409 while it holds any generation of any object
   */
  delete(bucket: Bucket): void {
    if (bucket.objects.all(true).length > 0) {
      throw new GoogleApiError('ALREADY_EXISTS', 'The bucket you tried to delete is not empty.');
    }
    this.#buckets.delete(bucket.name);
    this.#state.authorizer.remove(bucketPolicyName(bucket.name));
  }

  /** The buckets with their objects. */
  save(): SavedBuckets {
    const buckets = [...this.#buckets.values()].map((bucket) => ({
      ...bucket,
      objects: bucket.objects.save(),
    }));
    return { lastGeneration: this.#lastGeneration, buckets };
  }

  /** Takes back what `save` gave. */
  load({ lastGeneration, buckets }: SavedBuckets): void {
    this.#lastGeneration = lastGeneration;
    const defaultObjectAcl = predefinedAcl('object', 'projectPrivate', this.#state.project);
    const loaded = buckets.map((bucket) => ({
      ...{ ...bucket, defaultObjectAcl: bucket.defaultObjectAcl ?? defaultObjectAcl },
      objects: Objects.load(bucket.objects),
    }));
    this.#buckets = new Map(loaded.map((bucket) => [bucket.name, bucket]));
    for (const bucket of loaded) this.#followPolicy(bucket);
  }

  /** A generation greater than all before: microseconds since 1970. */
  nextGeneration(): number {
    this.#lastGeneration = Math.max(this.#lastGeneration + 1, this.#state.now().getTime() * 1000);
    return this.#lastGeneration;
  }
}

/** ACLs by their names. */
export interface PredefinedAcls {
  readonly bucket?: string | undefined;
  readonly objects?: string | undefined;
}

/** The policy of a new bucket. Without uniform access the objects are granted by ACLs of their own instead. */
function initialBindings({ projectId, settings }: Bucket): Binding[] {
  const owners = [`projectEditor:${projectId}`, `projectOwner:${projectId}`];
  const viewers = [`projectViewer:${projectId}`];
  const ofObjects = [
    { role: 'roles/storage.legacyObjectOwner', members: owners },
    { role: 'roles/storage.legacyObjectReader', members: viewers },
  ];
  return [
    { role: 'roles/storage.legacyBucketOwner', members: owners },
    { role: 'roles/storage.legacyBucketReader', members: viewers },
    ...(settings.iamConfiguration.uniformBucketLevelAccess.enabled ? ofObjects : []),
  ];
}

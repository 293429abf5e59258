import { GoogleApiError } from '../http/errors.ts';
import { checkLabels } from '../labels.ts';
import { isJsonObject, type JsonObject, mergePatch } from './merge-patch.ts';

/** One rule of a bucket's lifecycle. */
export interface LifecycleRule {
  readonly action: { readonly type: string; readonly storageClass?: string };
  readonly condition: JsonObject;
}

/** What a client sets of a bucket, with what Cloud Storage adds to it. Fields not named here are kept as they came. */
export interface BucketSettings extends JsonObject {
  readonly storageClass: string;
  readonly versioning?: { readonly enabled?: boolean };
  readonly lifecycle?: { readonly rule?: readonly LifecycleRule[] };
  readonly iamConfiguration: {
    readonly publicAccessPrevention: 'enforced' | 'inherited';
    readonly uniformBucketLevelAccess: UniformAccess;
    readonly bucketPolicyOnly: UniformAccess;
  };
  readonly retentionPolicy?: {
    /** Seconds. */
    readonly retentionPeriod: string;
    readonly effectiveTime: string;
    readonly isLocked?: true;
  };
  /** Whether a new object has an event-based hold. */
  readonly defaultEventBasedHold?: boolean;
  /** Whether who asks for its objects has to name a project that pays. */
  readonly billing?: { readonly requesterPays?: boolean };
  /** What a new object is encrypted with that names no key itself. */
  readonly encryption?: { readonly defaultKmsKeyName?: string };
  /** Classes that follow how an object is used: nothing changes them here. */
  readonly autoclass?: Autoclass;
  readonly softDeletePolicy: { readonly retentionDurationSeconds: string; readonly effectiveTime?: string };
}

/** Autoclass of a bucket, as the API gives it (https://cloud.google.com/storage/docs/autoclass). */
export interface Autoclass {
  readonly enabled: boolean;
  /** When it was last switched on or off. */
  readonly toggleTime: string;
  readonly terminalStorageClass?: string;
  readonly terminalStorageClassUpdateTime?: string;
}

export interface UniformAccess {
  readonly enabled: boolean;
  /** Until when it can be switched off again; ISO 8601. */
  readonly lockedTime?: string;
}

/** How long uniform access can be switched off again, in milliseconds: 90 days. */
const UNIFORM_ACCESS_LOCK_MS = 90 * 24 * 60 * 60 * 1000;

/** Soft delete of a new bucket: 7 days. */
const DEFAULT_SOFT_DELETE_SECONDS = '604800';

/** Fields that only the server sets, or only at creation: ignored in what a client sends. */
const OUTPUT_ONLY = new Set(
  'kind id selfLink acl defaultObjectAcl name project projectNumber generation location locationType etag metageneration timeCreated updated owner satisfiesPZS'.split(
    ' ',
  ),
);

/**
 * Makes a bucket's settings out of the resource that a client sent, or that a patch was merged into.
 * @param previous the settings until now; undefined for a new bucket
 * @throws GoogleApiError INVALID_ARGUMENT for what Cloud Storage would refuse; 412 where uniform access is locked
 */
export function bucketSettings(
  resource: JsonObject,
  previous: BucketSettings | undefined,
  now: Date,
): BucketSettings {
  const settings = mergePatch({}, resource); // A field that is null is a field that is not there.
  const kept = Object.fromEntries(Object.entries(settings).filter(([field]) => !OUTPUT_ONLY.has(field)));
  checkBucketLabels(settings.labels);
  checkLifecycle(settings.lifecycle);
  const storageClass = checkStorageClass(settings.storageClass ?? 'STANDARD', 'bucket.storageClass');
  const retention = retentionPolicy(settings.retentionPolicy, previous, now);
  const autoclass = autoclassOf(settings.autoclass, previous?.autoclass, now.toISOString());
  const { retentionPolicy: _, autoclass: _given, ...others } = kept;
  return {
    ...others,
    storageClass,
    ...(autoclass && { autoclass }),
    ...(retention && { retentionPolicy: retention }),
    iamConfiguration: iamConfiguration(settings.iamConfiguration, previous, now),
    softDeletePolicy: softDeletePolicy(settings.softDeletePolicy, previous, now),
  };
}

/** https://cloud.google.com/storage/docs/storage-classes */
const STORAGE_CLASSES =
  'STANDARD NEARLINE COLDLINE ARCHIVE MULTI_REGIONAL REGIONAL DURABLE_REDUCED_AVAILABILITY'.split(' ');

/** @throws GoogleApiError INVALID_ARGUMENT for what is no storage class */
export function checkStorageClass(value: unknown, field: string): string {
  if (typeof value === 'string' && STORAGE_CLASSES.includes(value)) return value;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `Invalid value at '${field}': ${JSON.stringify(value)}. The storage classes are ${STORAGE_CLASSES.join(', ')}.`,
  );
}

/** https://cloud.google.com/storage/docs/autoclass */
function autoclassOf(input: unknown, previous: Autoclass | undefined, now: string): Autoclass | undefined {
  if (input === undefined) return undefined;
  const { enabled = false, terminalStorageClass = 'NEARLINE' } = isJsonObject(input) ? input : {};
  if (!isJsonObject(input) || typeof enabled !== 'boolean') throw invalid('autoclass', input);
  if (terminalStorageClass !== 'NEARLINE' && terminalStorageClass !== 'ARCHIVE') {
    throw invalid('autoclass.terminalStorageClass', terminalStorageClass);
  }
  const toggleTime = previous?.enabled === enabled ? previous.toggleTime : now;
  if (!enabled) return { enabled, toggleTime };
  const isSame = previous?.terminalStorageClass === terminalStorageClass;
  const updateTime = isSame ? previous.terminalStorageClassUpdateTime : undefined;
  return { enabled, toggleTime, terminalStorageClass, terminalStorageClassUpdateTime: updateTime ?? now };
}

/** A hundred years, the longest that a bucket keeps its objects. */
const RETENTION_LIMIT_SECONDS = 3_155_760_000;

function retentionPolicy(
  input: unknown,
  previous: BucketSettings | undefined,
  now: Date,
): BucketSettings['retentionPolicy'] {
  const period = isJsonObject(input) ? input.retentionPeriod : undefined;
  const before = previous?.retentionPolicy;
  if (period === undefined) {
    if (before?.isLocked) throw locked('remove');
    return undefined;
  }
  const seconds = Number(period);
  if (!/^\d+$/.test(String(period)) || seconds < 1 || seconds > RETENTION_LIMIT_SECONDS) {
    throw invalid('retentionPolicy.retentionPeriod', period);
  }
  if (before && Number(before.retentionPeriod) === seconds) return before;
  if (before?.isLocked) {
    if (seconds < Number(before.retentionPeriod)) throw locked('reduce retention duration of');
    return { ...before, retentionPeriod: String(seconds) };
  }
  return { retentionPeriod: String(seconds), effectiveTime: now.toISOString() };
}

/** What is locked can only be made longer (https://cloud.google.com/storage/docs/bucket-lock). */
function locked(what: string): GoogleApiError {
  return new GoogleApiError('PERMISSION_DENIED', `Cannot ${what} a locked Retention Policy for bucket.`, {
    reason: 'forbidden',
  });
}

function iamConfiguration(
  input: unknown,
  previous: BucketSettings | undefined,
  now: Date,
): BucketSettings['iamConfiguration'] {
  const configuration = isJsonObject(input) ? input : {};
  const { publicAccessPrevention = 'inherited' } = configuration;
  if (publicAccessPrevention !== 'enforced' && publicAccessPrevention !== 'inherited') {
    throw invalid('iamConfiguration.publicAccessPrevention', publicAccessPrevention);
  }
  const uniform = configuration.uniformBucketLevelAccess;
  const enabled = isJsonObject(uniform) && uniform.enabled === true;
  const access = uniformAccess(enabled, previous?.iamConfiguration.uniformBucketLevelAccess, now);
  return { publicAccessPrevention, uniformBucketLevelAccess: access, bucketPolicyOnly: access };
}

function uniformAccess(enabled: boolean, previous: UniformAccess | undefined, now: Date): UniformAccess {
  const { lockedTime } = previous ?? {};
  if (!enabled) {
    if (lockedTime === undefined || new Date(lockedTime) > now) return { enabled };
    const message = 'Cannot disable uniform bucket-level access: it is locked.';
    throw new GoogleApiError('FAILED_PRECONDITION', message, { code: 412, reason: 'conditionNotMet' });
  }
  return {
    enabled,
    lockedTime: lockedTime ?? new Date(now.getTime() + UNIFORM_ACCESS_LOCK_MS).toISOString(),
  };
}

function softDeletePolicy(
  input: unknown,
  previous: BucketSettings | undefined,
  now: Date,
): BucketSettings['softDeletePolicy'] {
  const duration = isJsonObject(input) ? input.retentionDurationSeconds : undefined;
  const retentionDurationSeconds = String(duration ?? DEFAULT_SOFT_DELETE_SECONDS);
  if (!/^\d+$/.test(retentionDurationSeconds)) {
    throw invalid('softDeletePolicy.retentionDurationSeconds', duration);
  }
  const before = previous?.softDeletePolicy;
  if (before?.retentionDurationSeconds === retentionDurationSeconds) return before;
  if (Number(retentionDurationSeconds) === 0) return { retentionDurationSeconds };
  return { retentionDurationSeconds, effectiveTime: now.toISOString() };
}

function checkBucketLabels(labels: unknown): void {
  if (labels === undefined) return;
  if (!isJsonObject(labels)) throw invalid('labels', labels);
  checkLabels('bucket.labels', labels);
}

function checkLifecycle(lifecycle: unknown): void {
  if (lifecycle === undefined) return;
  const rules = isJsonObject(lifecycle) ? (lifecycle.rule ?? []) : undefined;
  if (!Array.isArray(rules)) throw invalid('lifecycle', lifecycle);
  for (const rule of rules) {
    const { action, condition } = isJsonObject(rule) ? rule : {};
    const isComplete = isJsonObject(action) && typeof action.type === 'string' && isJsonObject(condition);
    if (!isComplete || Object.keys(condition).length === 0) throw invalid('lifecycle.rule', rule);
  }
}

function invalid(field: string, value: unknown): GoogleApiError {
  return new GoogleApiError(
    'INVALID_ARGUMENT',
    `Invalid value at 'bucket.${field}': ${JSON.stringify(value)}`,
  );
}

import { randomBytes } from 'node:crypto';
import { GoogleApiError } from '../http/errors.ts';
import { checkLabels } from '../labels.ts';
import { checkDestroyScheduledDuration, checkRotation } from './durations.ts';

/** google.cloud.kms.v1.CryptoKeyVersion.CryptoKeyVersionState, as far as software keys have it. */
export type VersionState = 'ENABLED' | 'DISABLED' | 'DESTROY_SCHEDULED' | 'DESTROYED';

/** google.cloud.kms.v1.KeyRing. */
export interface KeyRing {
  readonly name: string;
  readonly createTime: string;
}

/** One version of a key with its material. */
export interface KeyVersion {
  readonly number: number;
  readonly createTime: string;
  state: VersionState;
  destroyTime?: string | undefined;
  /** 32 bytes; gone once destroyed. */
  material: Buffer | undefined;
}

/** The settings of a key that a client may send. */
export interface KeyInput {
  readonly purpose?: string;
  readonly rotationPeriod?: string;
  readonly nextRotationTime?: string;
  readonly labels?: Record<string, string>;
  readonly destroyScheduledDuration?: string;
  readonly versionTemplate?: { readonly protectionLevel?: string; readonly algorithm?: string };
  readonly importOnly?: boolean;
  readonly cryptoKeyBackend?: string;
}

/** A symmetric key with its versions. */
export interface CryptoKey {
  readonly name: string;
  /** 16 bytes, hexadecimal: what ciphertexts name it by. */
  readonly uid: string;
  readonly createTime: string;
  readonly versions: KeyVersion[];
  readonly destroyScheduledDuration: string;
  primary: KeyVersion | undefined;
  /** What the primary version was, and until when (milliseconds since 1970) it still is for who encrypts. */
  formerPrimary?: { readonly version: KeyVersion | undefined; readonly until: number } | undefined;
  rotationPeriod?: string | undefined;
  nextRotationTime?: string | undefined;
  labels?: Record<string, string> | undefined;
}

/** Makes a key. @throws GoogleApiError INVALID_ARGUMENT */
export function createKey(name: string, input: KeyInput, now: Date, withVersion: boolean): CryptoKey {
  if (input.purpose !== 'ENCRYPT_DECRYPT') {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `The purpose ${input.purpose ?? 'CRYPTO_KEY_PURPOSE_UNSPECIFIED'} is not supported: the local cloud has ENCRYPT_DECRYPT.`,
    );
  }
  const { destroyScheduledDuration = '2592000s' } = input;
  checkSoftware(input);
  checkDestroyScheduledDuration(destroyScheduledDuration);
  const key: CryptoKey = {
    name,
    uid: randomBytes(16).toString('hex'),
    createTime: now.toISOString(),
    versions: [],
    destroyScheduledDuration,
    primary: undefined,
  };
  updateKey(key, input, ['rotationPeriod', 'nextRotationTime', 'labels'], now);
  if (withVersion) key.primary = addVersion(key, now);
  return key;
}

/** Refuses a key that would be another than the software key that it becomes here. */
function checkSoftware({ versionTemplate = {}, importOnly, cryptoKeyBackend }: KeyInput): void {
  const { protectionLevel = 'SOFTWARE', algorithm = 'GOOGLE_SYMMETRIC_ENCRYPTION' } = versionTemplate;
  const isUnspecified = (value: string) => value.endsWith('_UNSPECIFIED');
  const refused = [
    ...(protectionLevel === 'SOFTWARE' || isUnspecified(protectionLevel)
      ? []
      : [`protectionLevel ${protectionLevel}`]),
    ...(algorithm === 'GOOGLE_SYMMETRIC_ENCRYPTION' || isUnspecified(algorithm)
      ? []
      : [`algorithm ${algorithm}`]),
    ...(importOnly ? ['importOnly'] : []),
    ...(cryptoKeyBackend ? ['cryptoKeyBackend'] : []),
  ];
  if (refused.length === 0) return;
  throw new GoogleApiError('UNIMPLEMENTED', `The local cloud does not emulate: ${refused.join(', ')}.`);
}

/** Sets the masked fields of a key to those of the input; an absent one clears. @throws GoogleApiError INVALID_ARGUMENT */
export function updateKey(key: CryptoKey, input: KeyInput, mask: readonly string[], now: Date): void {
  const settable = ['rotationPeriod', 'nextRotationTime', 'labels', 'versionTemplate'];
  const unknown = mask.filter((field) => !settable.includes(field));
  if (unknown.length > 0) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `The update mask names ${unknown.join(', ')}; allowed are ${settable.join(', ')}.`,
    );
  }
  const next = {
    rotationPeriod: mask.includes('rotationPeriod') ? input.rotationPeriod : key.rotationPeriod,
    nextRotationTime: mask.includes('nextRotationTime') ? input.nextRotationTime : key.nextRotationTime,
  };
  checkRotation(next, now, mask.includes('nextRotationTime'));
  if (mask.includes('versionTemplate')) checkSoftware(input);
  if (mask.includes('labels')) checkLabels('crypto_key.labels', input.labels ?? {});
  Object.assign(key, next);
  if (mask.includes('labels')) key.labels = input.labels;
}

/** Adds an enabled version with new material; it does not become primary by itself. */
export function addVersion(key: CryptoKey, now: Date): KeyVersion {
  const number = key.versions.length + 1;
  const version: KeyVersion = {
    number,
    createTime: now.toISOString(),
    state: 'ENABLED',
    material: randomBytes(32),
  };
  key.versions.push(version);
  return version;
}

/**
 * Makes a version the primary one. Who encrypts follows later: that is eventually consistent
 * (https://cloud.google.com/kms/docs/consistency).
 */
export function setPrimary(key: CryptoKey, version: KeyVersion, at: Date, propagationSeconds: number): void {
  const until = at.getTime() + propagationSeconds * 1000;
  key.formerPrimary = propagationSeconds > 0 ? { version: primaryAt(key, at), until } : undefined;
  key.primary = version;
}

/** The version that encrypts at this moment where none is named. */
export function primaryAt({ primary, formerPrimary }: CryptoKey, now: Date): KeyVersion | undefined {
  return formerPrimary && now.getTime() < formerPrimary.until ? formerPrimary.version : primary;
}

/** Lets time pass for a key: due rotations make a new primary version, due destructions erase material. */
export function settle(key: CryptoKey, now: Date, propagationSeconds: number): void {
  while (key.nextRotationTime && key.rotationPeriod && Date.parse(key.nextRotationTime) <= now.getTime()) {
    const due = new Date(key.nextRotationTime);
    setPrimary(key, addVersion(key, due), due, propagationSeconds);
    const period = Number.parseInt(key.rotationPeriod, 10) * 1000;
    key.nextRotationTime = new Date(Date.parse(key.nextRotationTime) + period).toISOString();
  }
  for (const version of key.versions) {
    if (version.state !== 'DESTROY_SCHEDULED' || Date.parse(version.destroyTime ?? '') > now.getTime())
      continue;
    version.state = 'DESTROYED';
    version.material = undefined;
  }
}

/** Schedules the destruction of a version. @throws GoogleApiError FAILED_PRECONDITION when that has happened already */
export function scheduleDestruction(key: CryptoKey, version: KeyVersion, now: Date): void {
  if (version.state !== 'ENABLED' && version.state !== 'DISABLED')
    throw wrongState(key, version, 'ENABLED or DISABLED');
  version.state = 'DESTROY_SCHEDULED';
  const delay = Number.parseInt(key.destroyScheduledDuration, 10) * 1000;
  version.destroyTime = new Date(now.getTime() + delay).toISOString();
}

/** Takes back a scheduled destruction: the version is disabled. @throws GoogleApiError FAILED_PRECONDITION */
export function restore(key: CryptoKey, version: KeyVersion): void {
  if (version.state !== 'DESTROY_SCHEDULED') throw wrongState(key, version, 'DESTROY_SCHEDULED');
  version.state = 'DISABLED';
  version.destroyTime = undefined;
}

/** Enables or disables a version. @throws GoogleApiError INVALID_ARGUMENT, FAILED_PRECONDITION */
export function setVersionState(key: CryptoKey, version: KeyVersion, state: unknown): void {
  if (state !== 'ENABLED' && state !== 'DISABLED') {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `A version can be set to ENABLED or DISABLED, not to ${state}.`,
    );
  }
  if (version.state !== 'ENABLED' && version.state !== 'DISABLED')
    throw wrongState(key, version, 'ENABLED or DISABLED');
  version.state = state;
}

/** The resource name of a version. */
export function versionName(key: CryptoKey, version: KeyVersion): string {
  return `${key.name}/cryptoKeyVersions/${version.number}`;
}

function wrongState(key: CryptoKey, version: KeyVersion, needed: string): GoogleApiError {
  return new GoogleApiError(
    'FAILED_PRECONDITION',
    `The request cannot be fulfilled. Resource ${versionName(key, version)} has value ${version.state} in field crypto_key_version.state, it must be ${needed}.`,
  );
}

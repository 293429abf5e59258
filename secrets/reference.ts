import { InvalidArgumentError } from './errors.ts';

/** Where a secret is and which key opens it. The key is pinned here, never taken from the object. */
export interface SecretReference {
  /** Cloud Storage bucket name. */
  readonly bucket: string;
  /** Object name, such as `config.enc`. */
  readonly object: string;
  /** Full resource name `projects/P/locations/L/keyRings/R/cryptoKeys/K`. */
  readonly key: string;
}

/** The parts of a key's resource name. */
export interface KeyName {
  readonly project: string;
  readonly location: string;
  readonly keyRing: string;
  readonly cryptoKey: string;
}

/**
 * Bucket names: 3 to 63 characters (222 with dots), lower-case letters, digits, dashes, underscores, dots
 * (https://cloud.google.com/storage/docs/buckets#naming).
 */
export const bucketNamePattern = '^(?=.{3,222}$)[a-z0-9][a-z0-9_-]{0,62}(?:\\.[a-z0-9_-]{1,63})*(?<![_.-])$';

/** Object names: 1 to 1024 bytes, no line breaks (https://cloud.google.com/storage/docs/objects#naming). */
export const objectNamePattern = '^(?!\\.{1,2}$)[^\\r\\n]{1,1024}$';

/** Key resource names (https://cloud.google.com/kms/docs/resource-hierarchy); legacy projects have a colon. */
export const keyNamePattern =
  '^projects/(?:[a-z0-9.-]+:)?[a-z0-9-]{1,30}/locations/[a-z0-9-]{1,63}/keyRings/[A-Za-z0-9_-]{1,63}/cryptoKeys/[A-Za-z0-9_-]{1,63}$';

const keyNameShape = 'projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY';

/**
 * Splits a key's resource name.
 *
 * @throws InvalidArgumentError when it is not a full key name (a key version's name is not one either).
 */
export function parseKeyName(key: string): KeyName {
  const [, project, , location, , keyRing, , cryptoKey] = key.split('/');
  if (!new RegExp(keyNamePattern).test(key) || !project || !location || !keyRing || !cryptoKey) {
    throw new InvalidArgumentError(
      `The key name ${JSON.stringify(key)} is not a Cloud KMS key: it must be ${keyNameShape}.`,
      'copy the name from `gcloud kms keys list --keyring=RING --location=LOCATION`.',
    );
  }
  return { project, location, keyRing, cryptoKey };
}

/** `gs://bucket/object`, with `#generation` when it is given. */
export function objectUrl(bucket: string, object: string, generation?: string): string {
  return `gs://${bucket}/${object}${generation === undefined ? '' : `#${generation}`}`;
}

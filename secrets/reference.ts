import { InvalidArgumentError } from './errors.ts';
import type { SecretFormat } from './shape.ts';

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

/** A secret in one value: where it is, which key opens it, what it is. */
export interface FormattedReference extends SecretReference {
  readonly format: SecretFormat;
}

const referenceShape = `gs://BUCKET/OBJECT?key=${keyNameShape}`;

/**
 * Reads a reference such as `gs://bucket/tls.enc?key=projects/p/locations/global/keyRings/r/cryptoKeys/k&format=text`.
 * Nothing is percent-encoded: an object's name stands as it is, so the last `?key=projects/` ends it.
 *
 * @throws InvalidArgumentError when it is none
 */
export function parseReference(text: string): FormattedReference {
  const end = text.lastIndexOf('?key=projects/');
  const [, bucket = '', object = ''] =
    /^gs:\/\/([^/]+)\/([\s\S]*)$/.exec(text.slice(0, Math.max(end, 0))) ?? [];
  const [, key = '', format = 'json'] =
    /^(.*?)(?:&format=(json|text|bytes))?$/.exec(text.slice(end + 5)) ?? [];
  const isReference =
    end > 0 &&
    new RegExp(bucketNamePattern).test(bucket) &&
    isObjectName(object) &&
    new RegExp(keyNamePattern).test(key);
  if (!isReference) {
    throw new InvalidArgumentError(
      `${JSON.stringify(text.slice(0, 300))} is not the reference of a secret: it must be ${referenceShape}, ` +
        'with &format=text or &format=bytes where it is not JSON.',
      'npx cloud-run-identity deploy sets it.',
    );
  }
  return { bucket, object, key, format: format as SecretFormat };
}

/**
 * The reference that a program was given, as it is or as text.
 *
 * @param format what the program takes the secret for
 * @throws InvalidArgumentError when the text is none, or is of a secret of another format
 */
export function resolveReference(
  given: SecretReference | string,
  format: SecretFormat = 'json',
): SecretReference {
  if (typeof given !== 'string') return given;
  const { format: stated, ...reference } = parseReference(given);
  if (stated === format) return reference;
  throw new InvalidArgumentError(
    `The secret ${objectUrl(reference.bucket, reference.object)} is ${stated}, and is opened as ${format}.`,
    `open it with format '${stated}', or change the secret's setting \`format\`.`,
  );
}

/** Writes what {@link parseReference} reads. */
export function formatReference({ bucket, object, key, format }: FormattedReference): string {
  return `${objectUrl(bucket, object)}?key=${key}${format === 'json' ? '' : `&format=${format}`}`;
}

function isObjectName(name: string): boolean {
  return new RegExp(objectNamePattern).test(name) && Buffer.byteLength(name) <= 1024;
}

import { GoogleApiError } from '../http/errors.ts';
import type { Project } from '../state.ts';
import type { AclEntry } from './acl.ts';
import type { BucketLocation } from './bucket-location.ts';
import type { BucketSettings } from './bucket-settings.ts';
import { etagOf } from './etag.ts';
import type { Objects } from './objects.ts';

/** A bucket at one metageneration. */
export interface Bucket extends BucketLocation {
  readonly name: string;
  readonly projectId: string;
  /** Microseconds since 1970. */
  readonly generation: number;
  readonly metageneration: number;
  readonly timeCreated: Date;
  readonly updated: Date;
  readonly settings: BucketSettings;
  /** What a new object gets where ACLs count. */
  readonly defaultObjectAcl: readonly AclEntry[];
  readonly objects: Objects;
}

/** The entity tag of a bucket's metadata. */
export function bucketEtag(bucket: Bucket): string {
  return etagOf(bucket.metageneration);
}

/** Whether an overwritten or deleted object stays as a noncurrent version. */
export function keepsVersions(bucket: Bucket): boolean {
  return bucket.settings.versioning?.enabled === true;
}

/**
 * The bucket resource of the JSON API (https://cloud.google.com/storage/docs/json_api/v1/buckets#resource).
 * @param baseUrl the address of the local cloud, for the link
 */
export function bucketBody(bucket: Bucket, project: Project, baseUrl: string) {
  const { name, location, locationType } = bucket;
  return {
    kind: 'storage#bucket',
    id: name,
    selfLink: `${baseUrl}/storage/v1/b/${name}`,
    name,
    projectNumber: project.projectNumber,
    generation: String(bucket.generation),
    metageneration: String(bucket.metageneration),
    location,
    locationType,
    ...(locationType !== 'region' && { rpo: 'DEFAULT' }),
    ...bucket.settings,
    etag: bucketEtag(bucket),
    timeCreated: bucket.timeCreated.toISOString(),
    updated: bucket.updated.toISOString(),
  };
}

/**
 * Refuses what is not a name for a bucket.
 * Rules of https://cloud.google.com/storage/docs/buckets#naming: 3 to 63 lower-case letters, digits, `-`, `_` and
 * `.` (with dots up to 222, each part up to 63), a letter or digit at both ends, no IP address, nothing that looks
 * like `google`.
 * @throws GoogleApiError INVALID_ARGUMENT in Google's words
 */
export function checkBucketName(name: unknown): string {
  if (name === undefined || name === '') {
    throw new GoogleApiError('INVALID_ARGUMENT', 'Required', { reason: 'required' });
  }
  const parts = String(name).split('.');
  const isValid =
    typeof name === 'string' &&
    /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name) &&
    parts.every((part) => part.length >= 1 && part.length <= 63) &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^goog|g[o0]{2}g[l1]e/.test(name);
  if (!isValid) throw new GoogleApiError('INVALID_ARGUMENT', `Invalid bucket name: '${name}'`);
  return name;
}

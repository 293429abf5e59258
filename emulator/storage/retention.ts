import { GoogleApiError } from '../http/errors.ts';
import type { Bucket } from './bucket.ts';
import type { ObjectVersion } from './object-version.ts';

/**
 * Until when the bucket's retention policy keeps an object; undefined where it has none.
 * Source: https://cloud.google.com/storage/docs/bucket-lock.
 */
export function retainedUntil({ settings }: Bucket, { timeCreated }: ObjectVersion): Date | undefined {
  const period = settings.retentionPolicy?.retentionPeriod;
  return period === undefined ? undefined : new Date(timeCreated.getTime() + Number(period) * 1000);
}

/** What an object resource says of it. An event-based hold has no end that is known. */
export function retentionBody(bucket: Bucket, version: ObjectVersion) {
  const until = version.metadata.eventBasedHold ? undefined : retainedUntil(bucket, version);
  return until && { retentionExpirationTime: until.toISOString() };
}

/**
 * Refuses to delete or replace what a hold or the bucket's retention policy keeps.
 * @throws GoogleApiError 403 in Google's words
 */
export function checkNotRetained(bucket: Bucket, version: ObjectVersion | undefined, now: Date): void {
  if (version === undefined) return;
  const name = `${bucket.name}/${version.name}`;
  const { temporaryHold, eventBasedHold } = version.metadata;
  if (temporaryHold || eventBasedHold) {
    const kind = temporaryHold ? 'Temporary' : 'Event-Based';
    throw new GoogleApiError(
      'PERMISSION_DENIED',
      `Object '${name}' is under active ${kind} hold and cannot be deleted, overwritten or archived until hold is removed.`,
    );
  }
  const until = retainedUntil(bucket, version);
  if (until === undefined || until <= now) return;
  throw new GoogleApiError(
    'PERMISSION_DENIED',
    `Object '${name}' is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until ${until.toISOString()}`,
    { reason: 'retentionPolicyNotMet' },
  );
}

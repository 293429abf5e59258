import { GoogleApiError } from '../http/errors.ts';

const HOUR_SECONDS = 60 * 60;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** When a key rotates; times are RFC 3339, periods seconds such as `7776000s`. */
interface Rotation {
  readonly rotationPeriod?: string | undefined;
  readonly nextRotationTime?: string | undefined;
}

/**
 * Refuses a rotation that Cloud KMS would: a period below 24 hours or above 876,000, one without a time, a new time
 * that has passed (https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys).
 * @param timeIsNew whether the client sent the time now
 * @throws GoogleApiError INVALID_ARGUMENT
 */
export function checkRotation({ rotationPeriod, nextRotationTime }: Rotation, now: Date, timeIsNew: boolean) {
  if (rotationPeriod !== undefined) {
    if (!isBetween(rotationPeriod, DAY_SECONDS, 876_000 * HOUR_SECONDS)) {
      throw invalid(
        `The rotation period must be at least 24 hours and at most 876000, e.g. "7776000s"; got "${rotationPeriod}".`,
      );
    }
    if (nextRotationTime === undefined) {
      throw invalid('If rotation_period is set, next_rotation_time must also be set.');
    }
  }
  if (timeIsNew && nextRotationTime !== undefined && !(Date.parse(nextRotationTime) > now.getTime())) {
    throw invalid(`The next rotation time must be in the future; got "${nextRotationTime}".`);
  }
}

/**
 * Refuses a delay of destruction that Cloud KMS would: below 24 hours or above 120 days.
 * @param duration seconds, e.g. `2592000s`
 * @throws GoogleApiError INVALID_ARGUMENT
 */
export function checkDestroyScheduledDuration(duration: string): void {
  if (isBetween(duration, DAY_SECONDS, 120 * DAY_SECONDS)) return;
  throw invalid(
    `The destroy_scheduled_duration must be at least 24 hours and at most 120 days, e.g. "2592000s"; got "${duration}".`,
  );
}

function isBetween(duration: string, minimumSeconds: number, maximumSeconds: number): boolean {
  const seconds = /^\d+(\.\d+)?s$/.test(duration) ? Number.parseFloat(duration) : Number.NaN;
  return seconds >= minimumSeconds && seconds <= maximumSeconds;
}

function invalid(message: string): GoogleApiError {
  return new GoogleApiError('INVALID_ARGUMENT', message);
}

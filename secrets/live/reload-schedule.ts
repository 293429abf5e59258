import { startStopwatch } from './stopwatch.ts';

/** When to look for a new value. */
export interface ReloadTimes {
  /** Between two looks when all is well. */
  readonly intervalMilliseconds: number;
  /** After a first failure; doubled after each further one, up to the interval. */
  readonly firstRetryMilliseconds: number;
  /** At least, between two looks that failing requests ask for. */
  readonly forcedPauseMilliseconds: number;
  /** For how long a request waits for a look, when the value is too stale to be used. */
  readonly patienceMilliseconds: number;
}

// Less than the 60 seconds after which Cloud Run answers in the service's place.
const patienceMilliseconds = 50_000;

/** The times that go with an interval. */
export function reloadTimes(intervalSeconds: number): ReloadTimes {
  const intervalMilliseconds = intervalSeconds * 1000;
  return {
    intervalMilliseconds,
    firstRetryMilliseconds: Math.min(5_000, intervalMilliseconds),
    forcedPauseMilliseconds: Math.min(1_000, intervalMilliseconds),
    patienceMilliseconds,
  };
}

/**
 * How long until the next look, in milliseconds: a tenth more or less than the interval, or half to all of the longer
 * and longer pause after failures, so that instances that started together do not ask together.
 *
 * @param failures how many looks in a row have failed
 */
export function nextLook(times: ReloadTimes, failures: number): number {
  if (failures === 0) return times.intervalMilliseconds * (0.9 + Math.random() * 0.2);
  const pause = Math.min(times.firstRetryMilliseconds * 2 ** (failures - 1), times.intervalMilliseconds);
  return pause * (0.5 + Math.random() * 0.5);
}

/** Knows when the next look is due. */
export class ReloadSchedule {
  readonly #times: ReloadTimes;
  #finished = startStopwatch();
  #pauseMilliseconds = Number.POSITIVE_INFINITY;

  constructor(times: ReloadTimes) {
    this.#times = times;
  }

  get isDue(): boolean {
    return this.remainingMilliseconds === 0;
  }

  /** Until the next look is due. */
  get remainingMilliseconds(): number {
    return Math.max(0, this.#pauseMilliseconds - this.#finished.elapsedMilliseconds());
  }

  /** How long a look that a failing request asks for has to wait, in milliseconds. */
  get forcedPauseMilliseconds(): number {
    return Math.max(0, this.#times.forcedPauseMilliseconds - this.#finished.elapsedMilliseconds());
  }

  /** A look has ended; the next is due in a while. */
  finished(failures: number): void {
    this.#finished = startStopwatch();
    this.#pauseMilliseconds = nextLook(this.#times, failures);
  }
}

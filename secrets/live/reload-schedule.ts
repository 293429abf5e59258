import { startStopwatch } from './stopwatch.ts';

/** When to look for a new config. */
export interface ReloadTimes {
  /** Between two looks when all is well. */
  readonly intervalMilliseconds: number;
  /** After a first failure; doubled after each further one, up to the interval. */
  readonly firstRetryMilliseconds: number;
  /** At least, between two looks that failing requests ask for. */
  readonly forcedPauseMilliseconds: number;
  /** For how long a request waits for a look, when the config is too stale to be used. */
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

/** Knows when the next look is due, and calls for it when its time has come. */
export class ReloadSchedule {
  readonly #times: ReloadTimes;
  readonly #look: () => void;
  #finished = startStopwatch();
  #pauseMilliseconds = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param look is called when a look is due; the process does not stay alive for it */
  constructor(times: ReloadTimes, look: () => void) {
    this.#times = times;
    this.#look = look;
  }

  /** Whether the next look is due: on Cloud Run, where the CPU is taken away between requests, timers are late. */
  get isDue(): boolean {
    return this.#finished.elapsedMilliseconds() >= this.#pauseMilliseconds;
  }

  /** How long a look that a failing request asks for has to wait, in milliseconds. */
  get forcedPauseMilliseconds(): number {
    return Math.max(0, this.#times.forcedPauseMilliseconds - this.#finished.elapsedMilliseconds());
  }

  /** A look has ended; the next is due in a while. */
  finished(failures: number): void {
    this.#finished = startStopwatch();
    this.#pauseMilliseconds = nextLook(this.#times, failures);
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(this.#look, this.#pauseMilliseconds).unref();
  }

  /** No more looks are called for. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}

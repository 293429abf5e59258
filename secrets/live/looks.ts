import { setTimeout as delay } from 'node:timers/promises';
import type { ReloadSchedule } from './reload-schedule.ts';
import type { ReloadOutcome } from './secret.ts';
import { watchForPauses } from './stopwatch.ts';

// Of a look during which the process was made to stand still.
const attempts = 3;

/** Looks for a new value, one at a time, shared by all who ask for one. */
export class Looks {
  readonly #look: () => Promise<ReloadOutcome>;
  readonly #schedule: ReloadSchedule;
  readonly #signal: AbortSignal;
  #current: Promise<ReloadOutcome> | undefined;
  #following: Promise<ReloadOutcome> | undefined;
  #afterPause: Promise<unknown> | undefined;

  /**
   * @param look never rejects
   * @param signal ends the waiting
   */
  constructor(look: () => Promise<ReloadOutcome>, schedule: ReloadSchedule, signal: AbortSignal) {
    this.#look = look;
    this.#schedule = schedule;
    this.#signal = signal;
  }

  /** Whether a look is under way. */
  get isUnderWay(): boolean {
    return this.#current !== undefined;
  }

  /** The look that is under way, or a new one. */
  join(): Promise<ReloadOutcome> {
    this.#current ??= this.#lookAwake().finally(() => {
      this.#current = undefined;
    });
    return this.#current;
  }

  /** A look that begins from now on: one that is under way may have come before what the caller knows of. */
  next(): Promise<ReloadOutcome> {
    if (!this.#current) return this.join();
    this.#following ??= this.#current.then(() => {
      this.#following = undefined;
      return this.join();
    });
    return this.#following;
  }

  /** The same for failing requests: whatever they run into, together they look once a second at most. */
  nextAfterPause(): Promise<unknown> {
    const pause = this.#schedule.forcedPauseMilliseconds;
    this.#afterPause ??= delay(pause, undefined, { signal: this.#signal })
      .then(() => this.next())
      .catch(() => {}) // the app is closing
      .finally(() => {
        this.#afterPause = undefined;
      });
    return this.#afterPause;
  }

  /**
   * A look during which the process stood still is done again: what it has seen may be old by now, and a failure says
   * nothing of Google, which has closed the connections meanwhile.
   */
  async #lookAwake(): Promise<ReloadOutcome> {
    let hasChanged = false;
    for (let attempt = 1; ; attempt += 1) {
      const pauses = watchForPauses();
      const outcome = await this.#look();
      pauses.end();
      hasChanged ||= outcome.result === 'changed';
      if (pauses.hasPaused() && attempt < attempts) continue;
      return hasChanged && outcome.result === 'unchanged' ? { result: 'changed' } : outcome;
    }
  }
}

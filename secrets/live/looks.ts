import { setTimeout as delay } from 'node:timers/promises';
import type { ReloadSchedule } from './reload-schedule.ts';
import type { ReloadOutcome } from './secret.ts';

/** Looks for a new config, one at a time, shared by all who ask for one. */
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

  /** The look that is under way, or a new one. */
  join(): Promise<ReloadOutcome> {
    this.#current ??= this.#look().finally(() => {
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
}

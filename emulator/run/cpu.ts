import type { Workload } from './workload.ts';

/**
 * The CPU of an instance. With request-based billing Cloud Run gives it while a request or a probe is answered, while
 * the instance starts and while it stops, and takes it away in between
 * (https://cloud.google.com/run/docs/configuring/billing-settings): the process is stopped and continued, or the container paused.
 */
export class Cpu {
  readonly #workload: Pick<Workload, 'process' | 'freeze'>;
  readonly #isThrottled: boolean;
  #users = 0;
  #ended = false;

  constructor(workload: Pick<Workload, 'process' | 'freeze'>, isThrottled: boolean) {
    this.#workload = workload;
    this.#isThrottled = isThrottled;
  }

  /** Gives CPU. @returns what gives it back; to be called once */
  take(): () => void {
    this.#users += 1;
    if (this.#users === 1) this.#freeze(false);
    return () => {
      this.#users -= 1;
      if (this.#users === 0 && !this.#ended) this.#freeze(true);
    };
  }

  /** Gives CPU for good: the instance is to end. */
  end(): void {
    this.#ended = true;
    this.#freeze(false);
  }

  #freeze(isFrozen: boolean): void {
    if (this.#isThrottled && this.#workload.process.exitCode === null) this.#workload.freeze(isFrozen);
  }
}

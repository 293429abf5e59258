/**
 * At most so many requests at a time, as Cloud Run's containerConcurrency has it for one instance
 * (https://cloud.google.com/run/docs/about-concurrency). The others wait in order of arrival; here there is no second
 * instance that could take them.
 */
export class ConcurrencyLimit {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param limit 0 means no limit */
  constructor(limit: number) {
    this.#free = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  }

  /** Waits for a place. @returns what gives it back; to be called once */
  async enter(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
  }
}

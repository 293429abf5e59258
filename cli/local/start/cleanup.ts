/** How to stop what was started: the last first, each exactly once. */
export interface Cleanup {
  /** Adds a way to stop something that has just been started. */
  defer(stop: () => Promise<void>): void;
  /** Stops everything, even if stopping one thing fails; then throws the first failure. */
  run(): Promise<void>;
}

/** An empty cleanup. */
export function createCleanup(): Cleanup {
  const stops: (() => Promise<void>)[] = [];
  return {
    defer(stop) {
      stops.push(stop);
    },
    async run() {
      const failures: unknown[] = [];
      for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
        await stop().catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

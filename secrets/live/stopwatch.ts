/** A moment, and how long ago it is. */
export interface Stopwatch {
  elapsedMilliseconds(): number;
}

/**
 * Starts a stopwatch. Of the two clocks of a process the one that has run further counts: the monotonic one does not
 * follow a wall clock that is set back, and the wall clock has gone on where a suspended machine's other has stood still.
 */
export function startStopwatch(): Stopwatch {
  const monotonic = performance.now();
  const wall = Date.now();
  return { elapsedMilliseconds: () => Math.max(performance.now() - monotonic, Date.now() - wall) };
}

// A process that is merely busy is not that late.
const tickMilliseconds = 100;
const lateMilliseconds = 1_000;

/** Watches whether the process is made to stand still, as Cloud Run does between requests. To be ended. */
export function watchForPauses(): { hasPaused: () => boolean; end: () => void } {
  let hasPaused = false;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    hasPaused ||= now - last > lateMilliseconds;
    last = now;
  };
  const timer = setInterval(look, tickMilliseconds).unref();
  return {
    hasPaused: () => {
      look();
      return hasPaused;
    },
    end: () => clearInterval(timer),
  };
}

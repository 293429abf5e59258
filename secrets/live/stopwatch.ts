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

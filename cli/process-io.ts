import type { Io } from './io.ts';

/**
 * How long after the first signal another one is still the same Ctrl-C: a terminal sends it to every process of its
 * group, and npm passes it on once more.
 */
const SAME_KEYPRESS_MILLISECONDS = 500;

/** Signals that ask a program to end: Ctrl-C, a request, a terminal that was closed. */
const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What can be passed on; Windows has fewer. */
const SIGNALS = [...STOPS, 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** Exit code of a program that a second Ctrl-C ends, as shells have it. */
const INTERRUPTED = 130;

/** This process, for the bin: nothing else of the program touches it. */
export function processIo(): Io {
  let stop: AbortSignal | undefined;
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    cwd: process.cwd(),
    stopSignal: () => {
      stop ??= stopOnSignals();
      return stop;
    },
    onSignal: (listener) => {
      for (const signal of SIGNALS) process.on(signal, listener);
    },
    onExit: (action) => {
      process.on('exit', action);
      return () => process.off('exit', action);
    },
  };
}

/** A further signal that is not the same key press ends the process at once. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (first !== undefined && now - first > SAME_KEYPRESS_MILLISECONDS) process.exit(INTERRUPTED);
    first ??= now;
    controller.abort();
  };
  for (const signal of STOPS) process.on(signal, onSignal);
  return controller.signal;
}

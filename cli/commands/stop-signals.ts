/**
 * How long after the first signal another one is still the same Ctrl-C: a terminal sends it to every process of its
 * group, and npm passes it on once more.
 */
const SAME_KEYPRESS_MILLISECONDS = 500;

/**
 * Turns SIGINT (Ctrl-C), SIGTERM and SIGHUP (the terminal was closed) into an abort. A further one that is not the same key press ends the process at
 * once with exit code 130.
 */
export function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (first !== undefined && now - first > SAME_KEYPRESS_MILLISECONDS) process.exit(130);
    first ??= now;
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return controller.signal;
}

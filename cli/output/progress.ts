import type { Io } from '../io.ts';

/** What takes longer is worth a word. */
const PATIENCE_MILLISECONDS = 1000;

/**
 * Says on the terminal what is going on, once it has taken a second, and for how long; the line vanishes at the end.
 * It is on standard error, as standard output is the command's own; where that is no terminal, nobody waits for it.
 *
 * @param title what is going on, such as `Reading the settings`
 */
export async function withProgress<Result>(
  { stderr }: Io,
  title: string,
  action: () => Promise<Result>,
): Promise<Result> {
  if (!stderr.isTTY) return action();
  const start = performance.now();
  let isShown = false;
  const timer = setInterval(() => {
    isShown = true;
    stderr.write(`\r${title} … ${Math.floor((performance.now() - start) / 1000)} s`);
  }, PATIENCE_MILLISECONDS);
  timer.unref();
  try {
    return await action();
  } finally {
    clearInterval(timer);
    // Erases the line (ECMA-48, EL).
    if (isShown) stderr.write('\r\u001b[K');
  }
}

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Probe } from './knative.ts';

/** Why an instance did not come up: it never listened, or its startup probe failed. */
export type StartupFailure = 'port' | 'probe';

/** How often a port that is not open yet is tried. Google does not say; a person who waits wants it often. */
const PORT_POLL_MILLISECONDS = 20;

/** Cloud Run's defaults (https://cloud.google.com/run/docs/configuring/healthchecks): a TCP probe of four minutes. */
const DEFAULT_STARTUP_PROBE: Probe = {
  tcpSocket: {},
  periodSeconds: 240,
  timeoutSeconds: 240,
  failureThreshold: 1,
};

/**
 * Waits until a startup probe succeeds.
 * @param exited settles when the process has gone, which is a failure at once
 * @returns undefined when the container is up, or why it is not
 */
export async function failsStartup(
  port: number,
  probe: Probe = DEFAULT_STARTUP_PROBE,
  exited: Promise<void>,
): Promise<StartupFailure | undefined> {
  const { periodSeconds = 10, failureThreshold = 3, initialDelaySeconds = 0 } = probe;
  const deadline = Date.now() + (initialDelaySeconds + periodSeconds * failureThreshold) * 1000;
  let gone = false;
  void exited.then(() => {
    gone = true;
  });
  await Promise.race([exited, sleep(initialDelaySeconds * 1000)]);
  while (!(await isOpen(port))) {
    if (gone || Date.now() > deadline) return 'port';
    await Promise.race([exited, sleep(PORT_POLL_MILLISECONDS)]);
  }
  if (!probe.httpGet) return undefined;
  for (let failures = 0; failures < failureThreshold && !gone; failures++) {
    if (failures > 0) await Promise.race([exited, sleep(periodSeconds * 1000)]);
    if (await answers(port, probe)) return undefined;
  }
  return 'probe';
}

/**
 * Asks a liveness probe again and again.
 * @param onAsked called before each probe; what it returns is called after
 * @param onFailure called once, when the probe has failed as often in a row as its threshold says
 * @returns a function that ends it
 */
export function keepAlive(
  { port, onAsked }: { readonly port: number; readonly onAsked: () => () => void },
  probe: Probe,
  onFailure: () => void,
): () => void {
  const { periodSeconds = 10, failureThreshold = 3, initialDelaySeconds = 0 } = probe;
  const abort = new AbortController();
  const wait = (seconds: number) => sleep(seconds * 1000, undefined, { signal: abort.signal, ref: false });
  void (async () => {
    await wait(initialDelaySeconds);
    for (let failures = 0; failures < failureThreshold; ) {
      await wait(periodSeconds);
      const answered = onAsked();
      failures = (await answers(port, probe).finally(answered)) ? 0 : failures + 1;
    }
    if (!abort.signal.aborted) onFailure();
  })().catch(() => {
    // Aborted while it waited: nobody asks any more.
  });
  return () => abort.abort();
}

/** Whether a probe succeeds now. */
export async function answers(port: number, { httpGet, timeoutSeconds = 1 }: Probe): Promise<boolean> {
  if (!httpGet) return isOpen(port);
  try {
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    const response = await fetch(`http://127.0.0.1:${port}${httpGet.path ?? '/'}`, {
      signal,
      redirect: 'manual',
    });
    await response.body?.cancel();
    return response.status >= 200 && response.status < 400;
  } catch {
    return false;
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

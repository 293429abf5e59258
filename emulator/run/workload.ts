import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { LocalImage } from './images.ts';
import type { Container } from './knative.ts';

/** What runs for an instance: a process, which for a container is the Docker command line in front of it. */
export interface Workload {
  /** Passes SIGTERM on; ends when the container ends, with its exit code. */
  readonly process: ChildProcess;
  /** The process id, or the container's name; undefined where nothing could be started. */
  readonly id: string | undefined;
  /** Settles after the process has ended, when nothing is left. */
  readonly gone: Promise<void>;
  /** Takes its CPU away, or gives it back. */
  freeze(isFrozen: boolean): void;
  /** Ends everything at once. */
  kill(): void;
}

/** Cloud Run's defaults (https://cloud.google.com/run/docs/configuring/services/memory-limits, …/cpu). */
const DEFAULT_LIMITS = { memory: '512Mi', cpu: '1' };

const STDIO: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true };

/** Starts what an image stands for, with exactly this environment. */
export function startWorkload(
  image: LocalImage,
  environment: Readonly<Record<string, string>>,
  container: Container,
): Workload {
  if ('container' in image) return startContainer(image.container, environment, container);
  const [program, ...args] = image.command;
  const child = spawn(program, args, { ...STDIO, env: environment });
  return {
    process: child,
    id: child.pid?.toString(),
    gone: ended(child),
    freeze: (isFrozen) => child.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT'),
    kill: () => child.kill('SIGKILL'),
  };
}

function startContainer(
  reference: string,
  environment: Readonly<Record<string, string>>,
  container: Container,
): Workload {
  const name = `local-cloud-run-${randomUUID()}`;
  const child = spawn('docker', dockerRun(name, reference, environment, container), STDIO);
  const remove = ['rm', '--force', name];
  const options = { stdio: 'ignore', windowsHide: true } as const;
  // By force, as the command line can end before its container: on Windows at SIGTERM, elsewhere while it creates it.
  const gone = ended(child).then(() => ended(spawn('docker', remove, options)));
  const pause = inOrder((isFrozen) =>
    ended(spawn('docker', [isFrozen ? 'pause' : 'unpause', name], options)),
  );
  return { process: child, id: name, gone, freeze: pause, kill: () => spawnSync('docker', remove, options) };
}

/**
 * Does one thing after the other, and of what came meanwhile only the last: a container that is asked again and again is
 * not paused as often. What comes in while one is paused waits in its sockets.
 */
function inOrder(act: (wanted: boolean) => Promise<void>): (wanted: boolean) => void {
  let [wanted, done, isBusy] = [false, false, false];
  const go = async () => {
    isBusy = true;
    while (done !== wanted) {
      const next = wanted;
      await act(next);
      done = next;
    }
    isBusy = false;
  };
  return (next) => {
    wanted = next;
    if (!isBusy) void go();
  };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}

/**
 * The arguments of `docker run`: as confined as Cloud Run confines a container, or more so, with its limits. It
 * shares this machine's network, since the local cloud listens on loopback only, and finds the metadata server under
 * its usual name.
 */
export function dockerRun(
  name: string,
  reference: string,
  environment: Readonly<Record<string, string>>,
  { resources }: Container,
): string[] {
  const limits = { ...DEFAULT_LIMITS, ...resources?.limits };
  const [metadataAddress = '127.0.0.1'] = environment.GCE_METADATA_HOST?.split(':') ?? [];
  const metadataHost = environment.GCE_METADATA_HOST?.replace(metadataAddress, METADATA_SERVER);
  const variables = { ...environment, ...(metadataHost && { GCE_METADATA_HOST: metadataHost }) };
  return [
    ...['run', '--pull', 'never', '--name', name, '--network', 'host'],
    ...['--add-host', `${METADATA_SERVER}:${metadataAddress}`],
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--memory', String(quantity(limits.memory)), '--cpus', String(quantity(limits.cpu))],
    ...Object.entries(variables).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    reference,
  ];
}

/** https://cloud.google.com/run/docs/container-contract#metadata-server */
const METADATA_SERVER = 'metadata.google.internal';

const SUFFIXES: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** The number of a Kubernetes quantity: `512Mi`, `1000m`, `2`. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
function quantity(text: string): number {
  const [, digits, suffix = ''] = /^([\d.]+)(\w*)$/.exec(text) ?? [];
  return Number(digits) * (SUFFIXES[suffix] ?? 1);
}

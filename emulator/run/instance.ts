import { createInterface } from 'node:readline';
import { Cpu } from './cpu.ts';
import { freePort } from './free-port.ts';
import type { LocalImage } from './images.ts';
import type { Container } from './knative.ts';
import { failsStartup, keepAlive, type StartupFailure } from './probes.ts';
import type { Reaper } from './reaper.ts';
import { startWorkload, type Workload } from './workload.ts';

/** How long an instance may take to stop after SIGTERM (https://cloud.google.com/run/docs/container-contract#instance-shutdown). */
const GRACE_MILLISECONDS = 10_000;

/** What an instance is started with. */
export interface InstanceOptions {
  readonly image: LocalImage;
  /** The whole environment, PORT apart. */
  readonly environment: Readonly<Record<string, string>>;
  readonly container: Container;
  /** Ends the process should this one end without doing so. */
  readonly reaper: Reaper;
  /** Whether it has CPU only while a request or a probe is answered. @default false */
  readonly isThrottled?: boolean;
  /** Stops the process, in whatever state it is. */
  readonly signal: AbortSignal;
  /** Receives each line that the process writes, and what Cloud Run says of it. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr' | 'system') => void;
}

/** One running container, or a process in its place, with exactly the environment that Cloud Run would give it. */
export class Instance {
  readonly port: number;
  /** Settles when the process has ended, and nothing of a container is left. */
  readonly exited: Promise<void>;
  readonly cpu: Cpu;
  readonly #workload: Workload;
  readonly #onLine: InstanceOptions['onLine'];
  #stopLiveness: () => void = () => {};

  private constructor(options: InstanceOptions, port: number) {
    this.port = port;
    this.#onLine = options.onLine;
    const environment = { ...options.environment, PORT: String(port) };
    this.#workload = startWorkload(options.image, environment, options.container);
    const child = this.#workload.process;
    this.cpu = new Cpu(this.#workload, options.isThrottled === true);
    for (const stream of ['stdout', 'stderr'] as const) {
      const input = child[stream];
      if (input) createInterface({ input }).on('line', (line) => options.onLine(line, stream));
    }
    // A process that ends without having stopped its instances, as after a crash, leaves none behind.
    const kill = () => this.#workload.kill();
    process.once('exit', kill);
    const { id } = this.#workload;
    const release = id === undefined ? () => {} : options.reaper.watch(id);
    child.once('error', ({ message }) => {
      options.onLine(`The container could not be started: ${message}`, 'system');
    });
    child.once('exit', (code, signal) => {
      options.onLine(
        signal ? `Container terminated on signal ${signal}.` : `Container called exit(${code}).`,
        'system',
      );
    });
    this.exited = this.#workload.gone.then(() => {
      process.off('exit', kill);
      release();
    });
  }

  /**
   * Starts the process and waits until its startup probe succeeds.
   * @returns the instance, or why it failed; then no process is left
   */
  static async start(options: InstanceOptions): Promise<Instance | StartupFailure> {
    const instance = new Instance(options, await freePort());
    options.signal.addEventListener('abort', () => void instance.stop());
    if (options.signal.aborted) void instance.stop();
    const started = instance.cpu.take();
    const failure = await failsStartup(instance.port, options.container.startupProbe, instance.exited);
    if (failure) {
      await instance.stop();
      return failure;
    }
    const { livenessProbe } = options.container;
    if (livenessProbe) {
      const site = { port: instance.port, onAsked: () => instance.cpu.take() };
      instance.#stopLiveness = keepAlive(site, livenessProbe, () => instance.#unhealthy());
    }
    started();
    return instance;
  }

  /** Asks the process to stop, ends it after ten seconds, and returns when it has gone. */
  async stop(): Promise<void> {
    this.#stopLiveness();
    this.cpu.end();
    this.#workload.process.kill('SIGTERM');
    const timer = setTimeout(() => this.#workload.kill(), GRACE_MILLISECONDS);
    await this.exited;
    clearTimeout(timer);
  }

  #unhealthy(): void {
    this.#onLine('LIVENESS probe failed: the container is restarted.', 'system');
    void this.stop();
  }
}

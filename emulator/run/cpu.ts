import type { ChildProcess } from 'node:child_process';

/**
 * The CPU of an instance. With request-based billing Cloud Run gives it while a request or a probe is answered, while
 * the instance starts and while it stops, and takes it away in between
 * (https://cloud.google.com/run/docs/configuring/billing-settings): the process is stopped and continued.
 */
export class Cpu {
  readonly #process: ChildProcess;
  readonly #isThrottled: boolean;
  #users = 0;
  #ended = false;

  constructor(process: ChildProcess, isThrottled: boolean) {
    this.#process = process;
    this.#isThrottled = isThrottled;
  }

  /** Gives CPU. @returns what gives it back; to be called once */
  take(): () => void {
    this.#users += 1;
    if (this.#users === 1) this.#signal('SIGCONT');
    return () => {
      this.#users -= 1;
      if (this.#users === 0 && !this.#ended) this.#signal('SIGSTOP');
    };
  }

  /** Gives CPU for good: the instance is to end. */
  end(): void {
    this.#ended = true;
    this.#signal('SIGCONT');
  }

  #signal(signal: 'SIGCONT' | 'SIGSTOP'): void {
    if (this.#isThrottled && this.#process.exitCode === null) this.#process.kill(signal);
  }
}

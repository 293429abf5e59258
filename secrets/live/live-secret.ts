import type { FastifyBaseLogger } from 'fastify';
import { withDeadline } from '../deadline.ts';
import type { LoadedConfig } from '../load.ts';
import { type ChangeHook, prepareAll } from './change-hooks.ts';
import { Looks } from './looks.ts';
import { ReloadLog } from './reload-log.ts';
import { ReloadSchedule, type ReloadTimes } from './reload-schedule.ts';
import { retry } from './retry.ts';
import { NoConfigError, type ReloadOutcome, type Secret, type SecretStatus } from './secret.ts';
import { startStopwatch } from './stopwatch.ts';

/** Where the config comes from. */
export interface ConfigSource {
  /** Reads, decrypts and validates the config. */
  load(): Promise<LoadedConfig>;
  /** The same, unless the object still is what was loaded before: then undefined. */
  loadIfChanged(previous: LoadedConfig): Promise<LoadedConfig | undefined>;
}

/** How to keep the config up to date. */
export interface LiveSecretOptions {
  readonly source: ConfigSource;
  readonly times: ReloadTimes;
  /** For how long an unconfirmed config is used. @default for ever */
  readonly maxStaleMilliseconds?: number | undefined;
  readonly log: FastifyBaseLogger;
}

/** Keeps the config in memory, looks for a new one, and keeps the last good one when that fails. */
export class LiveSecret implements Secret {
  readonly loaded: Promise<LoadedConfig>;
  readonly #source: ConfigSource;
  readonly #maxStaleMilliseconds: number;
  readonly #patienceMilliseconds: number;
  readonly #log: ReloadLog;
  readonly #schedule: ReloadSchedule;
  readonly #looks: Looks;
  readonly #closing = new AbortController();
  readonly #hooks: ChangeHook[] = [];
  readonly #reloads = { unchanged: 0, changed: 0, failed: 0 };
  #current: LoadedConfig | undefined;
  #confirmed = startStopwatch();
  #failures = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** The loading begins at once. */
  constructor({ source, times, maxStaleMilliseconds = Number.POSITIVE_INFINITY, log }: LiveSecretOptions) {
    this.#source = source;
    this.#maxStaleMilliseconds = maxStaleMilliseconds;
    this.#patienceMilliseconds = times.patienceMilliseconds;
    this.#log = new ReloadLog(log);
    this.#schedule = new ReloadSchedule(times, () => void this.#looks.join());
    this.#looks = new Looks(() => this.#look(), this.#schedule, this.#closing.signal);
    const first = async () => this.#replace(await source.load());
    this.loaded = retry(first, { signal: this.#closing.signal, log });
    // Whoever starts the process awaits `loaded` and ends it; without that a failure must not crash a test.
    this.loaded.then(() => this.#schedule.finished(0)).catch(() => {});
  }

  get current(): LoadedConfig | undefined {
    return this.#isExpired() ? undefined : this.#current;
  }

  get status(): SecretStatus {
    const state = this.#failures > 0 ? 'failing' : 'fresh';
    return {
      state: !this.#current ? 'loading' : this.#isExpired() ? 'expired' : state,
      secondsSinceConfirmed: this.#current && this.#confirmed.elapsedMilliseconds() / 1000,
      reloads: { ...this.#reloads },
    };
  }

  async valid(): Promise<LoadedConfig | undefined> {
    if (this.#current && this.#isExpired()) {
      await withDeadline(this.#patienceMilliseconds, () => this.#looks.join()).catch(() => {});
      if (this.#isExpired()) this.#log.expired(this.#current);
    }
    return this.current;
  }

  async withFresh<Result>(
    use: (config: LoadedConfig) => Promise<Result>,
    isAuthenticationFailure: (error: unknown) => boolean,
  ): Promise<Result> {
    const config = await this.valid();
    if (!config) throw new NoConfigError();
    try {
      return await use(config);
    } catch (error) {
      if (!isAuthenticationFailure(error)) throw error;
      if (this.#current?.generation === config.generation) await this.#looks.nextAfterPause();
      if (!this.current || this.current.generation === config.generation) throw error;
      return use(this.current);
    }
  }

  async onChange(hook: ChangeHook): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#current) (await prepareAll([hook], this.#current)).commit();
      this.#hooks.push(hook);
    });
  }

  reload(): Promise<ReloadOutcome> {
    return this.#looks.next();
  }

  /** Looks for a new config if it is time to, and does not wait for it. */
  reloadIfDue(): void {
    if (this.#schedule.isDue) void this.#looks.join();
  }

  /** Ends the attempts to load and the timer. */
  close(): void {
    this.#closing.abort();
    this.#schedule.close();
  }

  async #look(): Promise<ReloadOutcome> {
    const outcome = await this.#lookOnce();
    this.#reloads[outcome.result] += 1;
    this.#failures = outcome.result === 'failed' ? this.#failures + 1 : 0;
    this.#schedule.finished(this.#failures);
    return outcome;
  }

  async #lookOnce(): Promise<ReloadOutcome> {
    try {
      const next = await this.#source.loadIfChanged(this.#current ?? (await this.loaded));
      if (next) await this.#replace(next);
      this.#confirmed = startStopwatch();
      this.#log.succeeded();
      return { result: next ? 'changed' : 'unchanged' };
    } catch (error) {
      this.#log.failed(error, this.#current);
      return { result: 'failed', error };
    }
  }

  /** All at once: whoever has prepared for the config has it in the same turn as everybody else. */
  #replace(next: LoadedConfig): Promise<LoadedConfig> {
    return this.#inTurn(async () => {
      const { commit } = await prepareAll(this.#hooks, next);
      this.#current = next;
      this.#confirmed = startStopwatch();
      commit();
      this.#log.loaded(next);
      return next;
    });
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(task);
    this.#turn = result.catch(() => {});
    return result;
  }

  #isExpired(): boolean {
    return this.#confirmed.elapsedMilliseconds() > this.#maxStaleMilliseconds;
  }
}

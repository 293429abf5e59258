import { withDeadline } from '../deadline.ts';
import type { LoadedSecret } from '../load.ts';
import { type ChangeHook, prepareAll } from './change-hooks.ts';
import { Looks } from './looks.ts';
import { ReloadLog } from './reload-log.ts';
import { ReloadSchedule, type ReloadTimes } from './reload-schedule.ts';
import { retry } from './retry.ts';
import {
  NoSecretError,
  type ReloadOutcome,
  type Secret,
  type SecretLog,
  type SecretStatus,
} from './secret.ts';
import { startStopwatch } from './stopwatch.ts';
import type { Chore } from './upkeep.ts';

/** Where the value comes from. */
export interface SecretSource<Value> {
  /** Reads, decrypts and validates it. */
  load(): Promise<LoadedSecret<Value>>;
  /** The same, unless the object still is what was loaded before: then undefined. */
  loadIfChanged(previous: LoadedSecret<Value>): Promise<LoadedSecret<Value> | undefined>;
}

/** How to keep a value up to date. */
export interface LiveSecretOptions<Value> {
  /** What the log calls it. */
  readonly name: string;
  readonly source: SecretSource<Value>;
  readonly times: ReloadTimes;
  /** For how long an unconfirmed value is used. @default for ever */
  readonly maxStaleMilliseconds?: number | undefined;
  readonly log: SecretLog;
}

/** Keeps the value in memory, looks for a new one when it is told to, and keeps the last good one when that fails. */
export class LiveSecret<Value> implements Secret<Value>, Chore {
  readonly loaded: Promise<LoadedSecret<Value>>;
  readonly name: string;
  readonly #source: SecretSource<Value>;
  readonly #maxStaleMilliseconds: number;
  readonly #times: ReloadTimes;
  readonly #log: ReloadLog;
  readonly #schedule: ReloadSchedule;
  readonly #looks: Looks;
  readonly #closing = new AbortController();
  readonly #hooks: ChangeHook<Value>[] = [];
  readonly #reloads = { unchanged: 0, changed: 0, failed: 0 };
  #current: LoadedSecret<Value> | undefined;
  #confirmed = startStopwatch();
  #failures = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** The loading begins at once. */
  constructor(options: LiveSecretOptions<Value>) {
    const { name, source, times, maxStaleMilliseconds = Number.POSITIVE_INFINITY, log } = options;
    this.name = name;
    this.#source = source;
    this.#times = times;
    this.#maxStaleMilliseconds = maxStaleMilliseconds;
    this.#log = new ReloadLog(log, name);
    this.#schedule = new ReloadSchedule(times);
    this.#looks = new Looks(() => this.#look(), this.#schedule, this.#closing.signal);
    const first = async () => this.#replace(await source.load());
    this.loaded = retry(first, { signal: this.#closing.signal, log });
    // Whoever starts the process awaits `loaded` and ends it; without that a failure must not crash a test.
    this.loaded.then(() => this.#schedule.finished(0)).catch(() => {});
  }

  get current(): LoadedSecret<Value> | undefined {
    return this.#isExpired() ? undefined : this.#current;
  }

  get status(): SecretStatus {
    const state = this.#failures > 0 ? 'failing' : 'fresh';
    return {
      state: !this.#current ? 'loading' : this.#isExpired() ? 'expired' : state,
      secondsSinceConfirmed: this.#current && this.#confirmed.elapsedMilliseconds() / 1000,
      secondsToNextLook: this.#current && this.#schedule.remainingMilliseconds / 1000,
      reloads: { ...this.#reloads },
    };
  }

  async valid(): Promise<LoadedSecret<Value> | undefined> {
    if (this.#current && (this.isOverdue || this.#isExpired())) {
      await withDeadline(this.#times.patienceMilliseconds, () => this.#looks.join()).catch(() => {});
      if (this.#isExpired()) this.#log.expired(this.#current);
    }
    return this.current;
  }

  async withFresh<Result>(
    use: (secret: LoadedSecret<Value>) => Promise<Result>,
    isAuthenticationFailure: (error: unknown) => boolean,
  ): Promise<Result> {
    const loaded = await this.valid();
    if (!loaded) throw new NoSecretError(this.name);
    try {
      return await use(loaded);
    } catch (error) {
      if (!isAuthenticationFailure(error)) throw error;
      if (this.#current?.generation === loaded.generation) await this.#looks.nextAfterPause();
      if (!this.current || this.current.generation === loaded.generation) throw error;
      return use(this.current);
    }
  }

  async onChange(hook: ChangeHook<Value>): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#current) (await prepareAll([hook], this.#current)).commit();
      this.#hooks.push(hook);
    });
  }

  reload(): Promise<ReloadOutcome> {
    return this.#looks.next();
  }

  get isDue(): boolean {
    return this.#schedule.isDue;
  }

  get isOverdue(): boolean {
    const isOld = this.#confirmed.elapsedMilliseconds() > 2 * this.#times.intervalMilliseconds;
    // After a failure the next look is due after a pause; until then nobody waits.
    return isOld && this.#current !== undefined && (this.#looks.isUnderWay || this.isDue);
  }

  /** A look, for whoever does what is due. */
  async run(): Promise<void> {
    await this.#looks.join();
  }

  /** Ends the attempts to load. */
  close(): void {
    this.#closing.abort();
  }

  async #look(): Promise<ReloadOutcome> {
    const outcome = await this.#lookOnce();
    this.#reloads[outcome.result] += 1;
    this.#failures = outcome.result === 'failed' ? this.#failures + 1 : 0;
    this.#schedule.finished(this.#failures);
    return outcome;
  }

  async #lookOnce(): Promise<ReloadOutcome> {
    // From when on it is known what the object is: a look may take as long as the process stands still.
    const began = startStopwatch();
    try {
      const next = await this.#source.loadIfChanged(this.#current ?? (await this.loaded));
      if (next) await this.#replace(next);
      this.#confirmed = began;
      this.#log.succeeded();
      return { result: next ? 'changed' : 'unchanged' };
    } catch (error) {
      this.#log.failed(error, this.#current);
      return { result: 'failed', error };
    }
  }

  /** All at once: whoever has prepared for the value has it in the same turn as everybody else. */
  #replace(next: LoadedSecret<Value>): Promise<LoadedSecret<Value>> {
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

import type { LoadedSecret } from '../load.ts';
import type { ChangeHook } from './change-hooks.ts';

/** A secret, kept up to date. */
export interface Secret<Value = unknown> {
  /**
   * The value and where it comes from; undefined until one has been loaded and found valid, and when it has not been
   * confirmed for longer than the maximum staleness. Do not keep it: ask again each time.
   */
  readonly current: LoadedSecret<Value> | undefined;
  /** Settles once: with the first value, or with the reason why there is none. */
  readonly loaded: Promise<LoadedSecret<Value>>;
  readonly status: SecretStatus;
  /** What is current; waits for one look at the object when the value is too stale to be used. */
  valid(): Promise<LoadedSecret<Value> | undefined>;
  /**
   * Runs something with the current value. When it fails because the credentials are not accepted (any more), looks
   * for a new value, once for all who ask, and runs it a second time if there is one. It is not run again with the
   * same credentials, because databases lock accounts after some failures.
   *
   * @param use is called once or twice
   * @param isAuthenticationFailure whether what `use` threw means that the credentials were not accepted
   * @throws NoSecretError when there is no value to use; whatever `use` throws
   */
  withFresh<Result>(
    use: (secret: LoadedSecret<Value>) => Promise<Result>,
    isAuthenticationFailure: (error: unknown) => boolean,
  ): Promise<Result>;
  /**
   * Lets something prepare for each value before it becomes the current one. If there is one already, the hook is
   * called with it at once.
   *
   * @throws ChangeRefusedError when the hook refuses the value that is already there
   */
  onChange(hook: ChangeHook<Value>): Promise<void>;
  /** Looks for a new value now; joins the look that is under way. Never rejects. */
  reload(): Promise<ReloadOutcome>;
}

/** What a look for a new value has brought. */
export type ReloadOutcome =
  | { readonly result: 'unchanged' | 'changed' }
  | { readonly result: 'failed'; readonly error: unknown };

/** How a secret is doing. */
export interface SecretStatus {
  /** `expired`: confirmed too long ago, and not used any more. `failing`: the last look failed, the value is used. */
  readonly state: 'loading' | 'fresh' | 'failing' | 'expired';
  /** Since the value was last confirmed to be the newest; undefined before the first. */
  readonly secondsSinceConfirmed: number | undefined;
  /** Until the next look is due: 0 when it is; undefined before the first value. */
  readonly secondsToNextLook: number | undefined;
  /** Looks so far, by what they brought. */
  readonly reloads: Readonly<Record<ReloadOutcome['result'], number>>;
}

/** Where it is said what becomes of a secret, by details and a message: Fastify's logger is one, and so is pino. */
export interface SecretLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** There is no value to use. */
export class NoSecretError extends Error {
  override readonly name = 'NoSecretError';
  /** The answer to a request that needs the value. */
  readonly statusCode = 503;

  constructor(secret: string) {
    super(`The secret ${secret} has no value, or one that is too old to be used; the log says why.`);
  }
}

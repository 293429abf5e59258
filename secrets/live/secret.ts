import type { LoadedConfig } from '../load.ts';
import type { ChangeHook } from './change-hooks.ts';

/** The one secret of the service, kept up to date. */
export interface Secret {
  /**
   * The config; undefined until one has been loaded and found valid, and when it has not been confirmed for longer
   * than the maximum staleness. Do not keep it: ask again each time.
   */
  readonly current: LoadedConfig | undefined;
  /** Settles once: with the first config, or with the reason why the service cannot get it. */
  readonly loaded: Promise<LoadedConfig>;
  readonly status: SecretStatus;
  /** The current config; waits for one look at the object when the config is too stale to be used. */
  valid(): Promise<LoadedConfig | undefined>;
  /**
   * Runs something with the current config. When it fails because the credentials are not accepted (any more), looks
   * for a new config, once for all who ask, and runs it a second time if there is one. It is not run again with the
   * same credentials, because databases lock accounts after some failures.
   *
   * @param use is called once or twice
   * @param isAuthenticationFailure whether what `use` threw means that the credentials were not accepted
   * @throws NoConfigError when there is no config to use; whatever `use` throws
   */
  withFresh<Result>(
    use: (config: LoadedConfig) => Promise<Result>,
    isAuthenticationFailure: (error: unknown) => boolean,
  ): Promise<Result>;
  /**
   * Lets a plugin prepare for each config before it becomes the current one. If there is one already, the hook is
   * called with it at once.
   *
   * @throws ChangeRefusedError when the hook refuses the config that is already there
   */
  onChange(hook: ChangeHook): Promise<void>;
  /** Looks for a new config now; joins the look that is under way. Never rejects. */
  reload(): Promise<ReloadOutcome>;
}

/** What a look for a new config has brought. */
export type ReloadOutcome =
  | { readonly result: 'unchanged' | 'changed' }
  | { readonly result: 'failed'; readonly error: unknown };

/** How the secret is doing. */
export interface SecretStatus {
  /** `expired`: confirmed too long ago, and not used any more. `failing`: the last look failed, the config is used. */
  readonly state: 'loading' | 'fresh' | 'failing' | 'expired';
  /** Since the config was last confirmed to be the newest; undefined before the first. */
  readonly secondsSinceConfirmed: number | undefined;
  /** Looks so far, by what they brought. */
  readonly reloads: Readonly<Record<ReloadOutcome['result'], number>>;
}

/** There is no config to use. */
export class NoConfigError extends Error {
  override readonly name = 'NoConfigError';
  /** The answer to a request that needs the config. */
  readonly statusCode = 503;

  constructor() {
    super('There is no config, or it is too old to be used; the log says why.');
  }
}

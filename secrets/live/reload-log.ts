import { SecretError } from '../errors.ts';
import type { LoadedSecret } from '../load.ts';
import type { SecretLog } from './secret.ts';

/** Says what becomes of a secret: one line for each change of state, not one for each attempt. */
export class ReloadLog {
  readonly #log: SecretLog;
  readonly #name: string;
  #reason: string | undefined;
  #saysExpired = false;

  constructor(log: SecretLog, name: string) {
    this.#log = log;
    this.#name = name;
  }

  /** A value has become the current one. */
  loaded({ reference: { bucket, object }, generation, fingerprint, keyVersion }: LoadedSecret): void {
    const details = { bucket, object, generation, fingerprint, keyVersion };
    this.#log.info(details, `${this.#name} loaded`);
  }

  /** A look for a new value went well. */
  succeeded(): void {
    if (this.#reason !== undefined) this.#log.info({}, `${this.#name} reload works again`);
    this.#reason = undefined;
    this.#saysExpired = false;
  }

  /** A look for a new value failed; said again only when the reason is another. */
  failed(error: unknown, kept: LoadedSecret | undefined): void {
    const reason = String(error);
    if (reason === this.#reason) return;
    this.#reason = reason;
    const message = error instanceof SecretError ? error.message : 'an error that is a bug, see below.';
    const { generation } = kept ?? {};
    this.#log.warn({ error, generation }, `${this.#name} reload failed, what was loaded is kept: ${message}`);
  }

  /** The value is too old to be used. */
  expired({ generation }: LoadedSecret): void {
    if (this.#saysExpired) return;
    this.#saysExpired = true;
    this.#log.error(
      { generation },
      `${this.#name} refused: it was confirmed longer ago than MAX_STALE_SECONDS`,
    );
  }
}

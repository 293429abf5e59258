import type { FastifyBaseLogger } from 'fastify';
import { SecretError } from '../errors.ts';
import type { LoadedConfig } from '../load.ts';

/** Says what becomes of the config: one line for each change of state, not one for each attempt. */
export class ReloadLog {
  readonly #log: FastifyBaseLogger;
  #reason: string | undefined;
  #saysExpired = false;

  constructor(log: FastifyBaseLogger) {
    this.#log = log;
  }

  /** A config has become the current one. */
  loaded({ reference: { bucket, object }, generation, fingerprint, keyVersion }: LoadedConfig): void {
    this.#log.info({ bucket, object, generation, fingerprint, keyVersion }, 'config loaded');
  }

  /** A look for a new config went well. */
  succeeded(): void {
    if (this.#reason !== undefined) this.#log.info('config reload works again');
    this.#reason = undefined;
    this.#saysExpired = false;
  }

  /** A look for a new config failed; said again only when the reason is another. */
  failed(error: unknown, kept: LoadedConfig | undefined): void {
    const reason = String(error);
    if (reason === this.#reason) return;
    this.#reason = reason;
    const message = error instanceof SecretError ? error.message : 'an error that is a bug, see below.';
    const { generation } = kept ?? {};
    this.#log.warn({ error, generation }, `config reload failed, the config is kept: ${message}`);
  }

  /** The config is too old to be used. */
  expired({ generation }: LoadedConfig): void {
    if (this.#saysExpired) return;
    this.#saysExpired = true;
    this.#log.error({ generation }, 'config refused: it was confirmed longer ago than MAX_STALE_SECONDS');
  }
}

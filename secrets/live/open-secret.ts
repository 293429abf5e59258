import { resolveReference, type SecretReference } from '../reference.ts';
import type { SecretShape, ValueOf } from '../shape.ts';
import { parseSecret } from '../value.ts';
import { connectToGoogle, type Google, googleOptions } from './google.ts';
import { LiveSecret } from './live-secret.ts';
import { reloadTimes } from './reload-schedule.ts';
import type { Secret, SecretLog } from './secret.ts';
import { Upkeep } from './upkeep.ts';

/** Which secret to open, and how it is kept fresh. */
export interface OpenSecretOptions extends SecretShape {
  /** Where it is; as text, in the form that a deployment sets, which must be of the same format. */
  readonly reference: SecretReference | string;
  /** What the log calls it. @default 'config' */
  readonly name?: string | undefined;
  /** Between two looks for a new value. @default 900 */
  readonly reloadSeconds?: number | undefined;
  /** For how long a value is used that could not be confirmed to be the newest. @default for ever */
  readonly maxStaleSeconds?: number | undefined;
  /** @default no log */
  readonly log?: SecretLog | undefined;
  /** @default Google as it is reached from where the process runs */
  readonly google?: Google | undefined;
}

/** A secret that is kept fresh by who opened it. */
export interface OpenSecret<Value> extends Secret<Value> {
  /**
   * Does what is due: to be called, and awaited, where a liveness probe is answered.
   *
   * @param patienceMilliseconds for how long to wait. @default 700
   */
  upkeep(patienceMilliseconds?: number): Promise<void>;
  /** Ends the attempts to load. */
  close(): void;
}

const noLog: SecretLog = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * Opens a secret in any Node program, and waits for its value. What uses the value asks `await secret.valid()`, which looks for
 * a new one when none has been looked for in two intervals.
 *
 * @throws SecretError when there is no value
 */
export async function openSecret<const Options extends OpenSecretOptions>(
  options: Options,
): Promise<OpenSecret<ValueOf<Options>>> {
  const { name = 'config', reloadSeconds = 900, maxStaleSeconds, log = noLog } = options;
  const reference = resolveReference(options.reference, options.format);
  const google = options.google ?? connectToGoogle(googleOptions(process.env));
  const secret = new LiveSecret<ValueOf<Options>>({
    name,
    source: google.source(reference, (plaintext) => parseSecret(plaintext, options)),
    times: reloadTimes(reloadSeconds),
    maxStaleMilliseconds: maxStaleSeconds === undefined ? undefined : maxStaleSeconds * 1000,
    log,
  });
  await secret.loaded;
  const upkeep = new Upkeep();
  upkeep.add(secret);
  return Object.assign(secret, {
    upkeep: (patienceMilliseconds = 700) => upkeep.inProbe(patienceMilliseconds),
  });
}

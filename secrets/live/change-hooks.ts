import { withDeadline } from '../deadline.ts';
import { SecretError } from '../errors.ts';
import type { LoadedSecret } from '../load.ts';

/** What a hook has prepared for a new value. */
export interface PreparedChange {
  /** Called in the very turn in which the new value becomes the current one; must not fail. */
  commit(): void;
  /** Called instead when the new value is not taken after all. @default nothing */
  abort?(): void | Promise<void>;
}

/**
 * Prepares for a value before it becomes the current one: opens a pool with the new credentials and tries it, while
 * requests still use the old one. A rejection refuses the value: the old one stays, and it is tried again later.
 */
export type ChangeHook<Value> = (next: LoadedSecret<Value>) => Promise<PreparedChange>;

/**
 * A hook did not accept a value. Retryable: a database that does not know a new password yet will in a moment. What
 * the hook threw is not repeated but for its class and code, because clients of databases quote users and hosts.
 */
export class ChangeRefusedError extends SecretError {
  readonly retryable = true;

  constructor(generation: string, reason: unknown) {
    const name = reason instanceof Error ? reason.name : typeof reason;
    const code = reason instanceof Error && 'code' in reason ? ` ${String(reason.code)}` : '';
    super(
      `Generation ${generation} of the secret does not work here (${name}${code}).`,
      'see that what it names accepts it, or npx cloud-run-identity rollback.',
    );
  }
}

const hookMilliseconds = 30_000;

/**
 * Lets all hooks prepare, side by side, each for 30 seconds at most.
 *
 * @returns what all of them have prepared, as one
 * @throws ChangeRefusedError when one has refused; the others have been aborted
 */
export async function prepareAll<Value>(
  hooks: readonly ChangeHook<Value>[],
  next: LoadedSecret<Value>,
): Promise<Pick<PreparedChange, 'commit'>> {
  const results = await Promise.allSettled(
    hooks.map((hook) => withDeadline(hookMilliseconds, () => hook(next))),
  );
  const prepared = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
  const refusal = results.find((result) => result.status === 'rejected');
  if (refusal) {
    await Promise.allSettled(prepared.map(async (change) => change.abort?.()));
    throw new ChangeRefusedError(next.generation, refusal.reason);
  }
  return {
    commit: () => {
      for (const change of prepared) change.commit();
    },
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from '../errors.ts';
import { isApiOff } from './carry-over.ts';
import { lossesOf } from './losses.ts';
import { type PlannedChanges, readPlan } from './plan.ts';
import type { DeployedSecret } from './secrets.ts';
import { apply, plan, type SavedPlan, TerraformError } from './stack.ts';
import type { Terraform } from './terraform.ts';

/**
 * An API that was just enabled may still be refused for some minutes: its activation is not done when Google says that
 * it is enabled, and the provider does not try again
 * (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project_service).
 */
const NOT_ACTIVE_YET = /has not been used in project|SERVICE_DISABLED/;

/** Seconds between two tries; together they are what an activation takes at the most, as seen. */
const WAITS_SECONDS = [10, 20, 30, 60, 60, 60];

/**
 * Does something that calls Google, again and again while an API is not active yet.
 *
 * @throws what it throws
 */
export async function whenActive<Result>(
  { io, signal }: Pick<Terraform, 'io' | 'signal'>,
  action: () => Promise<Result>,
  waitsSeconds: readonly number[] = WAITS_SECONDS,
): Promise<Result> {
  for (const seconds of waitsSeconds) {
    try {
      return await action();
    } catch (error) {
      if (!isApiOff(error)) throw error;
      await wait(io, signal, seconds, error);
    }
  }
  return action();
}

async function wait(
  io: Terraform['io'],
  signal: AbortSignal,
  seconds: number,
  error: unknown,
): Promise<void> {
  if (signal.aborted) throw error;
  io.stderr.write(`An API is enabled, but not active yet. Trying again in ${seconds} seconds.\n`);
  await delay(seconds * 1000, undefined, { signal }).catch(() => {
    throw error;
  });
}

/** What an apply that may be tried again has to stay within. */
export interface Agreed {
  readonly planned: PlannedChanges;
  readonly secrets: readonly DeployedSecret[];
  /** Arguments with which it was planned. */
  readonly options: readonly string[];
  /** @default some minutes in all */
  readonly waitsSeconds?: readonly number[];
}

/**
 * Applies exactly a saved plan. Where an API is not active yet, waits, plans what is left, and applies that for as long
 * as it is a part of what was agreed to.
 *
 * @throws TerraformError; CommandError when something else would be done than was agreed to
 */
export async function applyPatiently(terraform: Terraform, saved: SavedPlan, agreed: Agreed): Promise<void> {
  const waits = [...(agreed.waitsSeconds ?? WAITS_SECONDS)];
  for (let next = saved; ; ) {
    try {
      return await apply(terraform, next);
    } catch (error) {
      const seconds = waits.shift();
      if (!(error instanceof TerraformError && NOT_ACTIVE_YET.test(error.printed.replaceAll(/[\s│]+/g, ' '))))
        throw error;
      if (seconds === undefined) throw error;
      await wait(terraform.io, terraform.signal, seconds, error);
    }
    // What replaces a bucket was done or not: the same arguments would do it twice.
    const options = agreed.options.filter((option) => !option.startsWith('-replace='));
    next = await plan(terraform, saved.stack, options);
    assertWithin(readPlan(next.json, terraform.program.product), agreed);
  }
}

function assertWithin(left: PlannedChanges, { planned, secrets }: Agreed): void {
  const addresses = new Set(planned.changes.map(({ address }) => address));
  const agreedLosses = new Set(lossesOf(planned, secrets).map(({ address }) => address));
  const other = [
    ...left.changes.filter(({ address }) => !addresses.has(address)),
    ...lossesOf(left, secrets).filter(({ address }) => !agreedLosses.has(address)),
  ];
  if (other.length === 0) return;
  throw new CommandError(
    `What is left to do is more than was agreed to (${other.map(({ address }) => address).join(', ')}). Deploy again.`,
  );
}

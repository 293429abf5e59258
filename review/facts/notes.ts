import { isMap } from '../terraform/values.ts';
import type { ReviewedStack } from './resources.ts';

/** A policy that is not to hold somewhere, and who answers for it. */
export interface PolicyException {
  /** Path of the construct that it is for, and everything in it. */
  readonly path: string;
  /** Id of the policy. */
  readonly policy: string;
  /** Why it need not hold here, for the reviewer. */
  readonly reason: string;
  /** Who decided it and can be asked: a person or a team. */
  readonly owner: string;
  /** The last day that it holds, as `YYYY-MM-DD`. */
  readonly until: string;
}

/** What whoever wrote a stack says to its reviewers: the key `cloud-run-identity` in the stack's comment `//`. */
export interface Notes {
  readonly exceptions: readonly PolicyException[];
  /** Why roles are granted, by role. */
  readonly reasons: Readonly<Record<string, string>>;
  /** What is written there and is no such note, as a sentence each. */
  readonly problems: readonly string[];
}

/** Reads the notes of a stack. */
export function notesOf({ scope }: ReviewedStack): Notes {
  const { comment } = scope.source;
  const notes = isMap(comment) && isMap(comment['cloud-run-identity']) ? comment['cloud-run-identity'] : {};
  const read = (Array.isArray(notes.exceptions) ? notes.exceptions : []).map(exceptionOf);
  const reasons = isMap(notes.reasons) ? Object.entries(notes.reasons) : [];
  return {
    exceptions: read.filter((one) => typeof one !== 'string'),
    reasons: Object.fromEntries(
      reasons.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    problems: read.filter((one) => typeof one === 'string'),
  };
}

function exceptionOf(value: unknown): PolicyException | string {
  const { path, policy, reason, owner, until } = isMap(value) ? value : {};
  const missing = Object.entries({ policy, reason, owner, until })
    .filter(([, text]) => typeof text !== 'string' || text.trim() === '')
    .map(([name]) => name);
  if (missing.length > 0)
    return `an exception from ${policy ?? 'a policy'} says no ${missing.join(' and no ')}`;
  const day = String(until);
  if (!isDay(day))
    return `the exception from ${policy} ends on ${JSON.stringify(until)}, which is no day like 2027-01-31`;
  return {
    path: typeof path === 'string' ? path : '',
    policy: String(policy),
    reason: String(reason),
    owner: String(owner),
    until: day,
  };
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${text}T`);
}

import { TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';
import type { Role } from './roles.ts';

/** A policy of the review that is not to hold somewhere, and who answers for it. */
export interface PolicyException {
  /** Id of the policy, as the review prints it. */
  readonly policy: string;
  /** Why it need not hold here, for the reviewer. */
  readonly reason: string;
  /** Who decided it and can be asked: a person or a team. */
  readonly owner: string;
  /** The last day that it holds, as `YYYY-MM-DD`; past it, the review fails. */
  readonly until: string;
}

/** What the review of a stack reads beside its resources: the key `cloud-run-identity` of the stack's `//`. */
export interface ReviewNotes {
  /** `path` is the construct's; the exception holds for it and everything in it. */
  readonly exceptions: readonly (PolicyException & { readonly path: string })[];
  /** Why each role is granted, by the role's name. */
  readonly reasons: Readonly<Record<string, string>>;
}

/**
 * Lets one policy of the review not hold for a stack, or a construct in one, and everything in it. The violation stays in the review, with the reason and the owner beside it, but no longer fails it.
 *
 * @throws Error when the reason or the owner is blank, `until` is no day, or the construct is in no stack
 */
export function allowPolicyException(scope: IConstruct, exception: PolicyException): void {
  const { policy, reason, owner, until } = exception;
  const wrong = [
    ...(reason.trim() === '' ? ['has no reason'] : []),
    ...(owner.trim() === '' ? ['has no owner'] : []),
    ...(isDay(until) ? [] : [`holds until ${until}, which is no day like 2027-01-31`]),
  ];
  if (wrong.length > 0) {
    throw new Error(
      `The exception from the policy ${policy} for ${scope.node.path} ${wrong.join(' and ')}. ` +
        'Write it down: the review shows it.',
    );
  }
  const declared = { path: scope.node.path, policy, reason, owner, until };
  note(TerraformStack.of(scope), EXCEPTION, declared);
}

/** Tells the review why a role is granted in the stack of this construct. */
export function noteReason(scope: IConstruct, role: Role): void {
  note(TerraformStack.of(scope), REASON, role);
}

const EXCEPTION = 'cloud-run-identity/exception';
const REASON = 'cloud-run-identity/reason';

function note(stack: TerraformStack, type: string, data: object): void {
  if (notesOf(stack, type).includes(data)) return;
  stack.node.addMetadata(type, data);
  const roles = notesOf(stack, REASON) as Role[];
  const notes: ReviewNotes = {
    exceptions: notesOf(stack, EXCEPTION) as ReviewNotes['exceptions'],
    reasons: Object.fromEntries(
      Object.entries(Object.groupBy(roles, ({ name }) => name)).map(([name, same = []]) => [
        name,
        same.map(({ reason }) => reason).join(' '),
      ]),
    ),
  };
  stack.addOverride('//.cloud-run-identity', notes);
}

function notesOf(stack: TerraformStack, type: string): unknown[] {
  return stack.node.metadata.filter((entry) => entry.type === type).map(({ data }) => data);
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${text}T`);
}

import type { IConstruct } from 'constructs';

/** A policy that is not to hold somewhere, and who answers for it. */
export interface PolicyException {
  /** Id of the policy, see docs/policies.md. */
  readonly policy: string;
  /** Why it need not hold here, for the reviewer. */
  readonly reason: string;
  /** Who decided it and can be asked: a person or a team. */
  readonly owner: string;
}

/** An exception and the construct that it was declared on. */
export interface DeclaredException {
  readonly construct: IConstruct;
  readonly exception: PolicyException;
}

const METADATA_TYPE = 'cloud-run-identity/policy-exception';

/**
 * Lets one policy not hold for a construct and everything in it. The violation stays in the review, with the
 * reason and the owner beside it, but no longer fails synthesis.
 *
 * @throws Error when the reason or the owner is blank
 */
export function allowPolicyException(construct: IConstruct, exception: PolicyException): void {
  const missing = (['reason', 'owner'] as const).filter((name) => exception[name].trim() === '');
  if (missing.length > 0) {
    throw new Error(
      `The exception from the policy ${exception.policy} for ${construct.node.path || 'the app'} ` +
        `has no ${missing.join(' and no ')}. Write it down: the review shows it.`,
    );
  }
  construct.node.addMetadata(METADATA_TYPE, exception);
}

/** Every exception in a tree of constructs, in the order of the tree. */
export function declaredExceptions(root: IConstruct): DeclaredException[] {
  return root.node.findAll().flatMap((construct) => declaredOn(construct));
}

/** The exception from a policy that reaches a construct: the nearest of its own and its scopes'. */
export function exceptionFor(construct: IConstruct, policy: string): PolicyException | undefined {
  return construct.node.scopes
    .toReversed()
    .flatMap((scope) => declaredOn(scope))
    .find(({ exception }) => exception.policy === policy)?.exception;
}

function declaredOn(construct: IConstruct): DeclaredException[] {
  return construct.node.metadata
    .filter(({ type }) => type === METADATA_TYPE)
    .map(({ data }) => ({ construct, exception: data }));
}

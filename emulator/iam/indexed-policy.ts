import { type ConditionAttributes, compileCondition } from './condition.ts';
import type { Binding, Policy } from './policy.ts';

/** A binding with all that a decision asks of it, worked out when the policy is set. */
export interface Grant {
  readonly binding: Binding;
  /** Whether its condition does; without one it always holds. */
  readonly holds: (attributes: ConditionAttributes) => boolean;
  /** Its place in the policy. */
  readonly position: number;
}

/** A policy whose grants are found by member, so that a decision does not depend on how many others it names. */
export class IndexedPolicy {
  readonly policy: Policy;
  /** All of them, in the policy's order. */
  readonly grants: readonly Grant[];
  /** Those of its members that stand for whoever has a basic role on a project, e.g. `projectOwner:p`. */
  readonly projectMembers: readonly string[];
  readonly #byMember: ReadonlyMap<string, readonly Grant[]>;

  constructor(policy: Policy) {
    this.policy = policy;
    this.grants = policy.bindings.map(grantOf);
    const byMember = new Map<string, Grant[]>();
    for (const grant of this.grants) {
      for (const member of grant.binding.members) {
        const grants = byMember.get(member);
        if (grants) grants.push(grant);
        else byMember.set(member, [grant]);
      }
    }
    this.#byMember = byMember;
    this.projectMembers = [...byMember.keys()].filter((member) => member.startsWith('project'));
  }

  /** The grants of any of these members, in the policy's order. */
  grantsOf(members: readonly string[]): readonly Grant[] {
    return members
      .flatMap((member) => this.#byMember.get(member) ?? [])
      .sort((one, other) => one.position - other.position);
  }
}

function grantOf(binding: Binding, position: number): Grant {
  const holds = binding.condition ? compileCondition(binding.condition.expression) : () => true;
  return { binding, holds, position };
}

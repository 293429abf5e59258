import { GoogleApiError } from './http/errors.ts';
import type { BindingExplanation, Resource } from './iam/authorizer.ts';
import { fullNameOfPolicy, resourceOfFullName } from './iam/full-names.ts';
import { policyBody } from './iam/policy.ts';
import type { Principal } from './iam/principal.ts';
import type { CloudState } from './state.ts';

/** google.cloud.policytroubleshooter.iam.v3.AccessTuple. */
export interface AccessTupleV3 {
  /** An email address. */
  readonly principal?: string;
  readonly fullResourceName?: string;
  readonly permission?: string;
  readonly conditionContext?: {
    readonly resource?: { readonly name?: string; readonly service?: string; readonly type?: string };
  };
}

/** Whom the answer is for. */
interface Caller {
  principalOf(email: string): Principal;
  /** Whether the caller may read the policy of that name. */
  maySee(policy: string): boolean;
}

type AllowState = 'GRANTED' | 'NOT_GRANTED' | 'UNKNOWN_CONDITIONAL' | 'UNKNOWN_INFO';

/**
 * Policy Troubleshooter v3
 * (https://cloud.google.com/policy-intelligence/docs/reference/policytroubleshooter/rest/v3/iam/troubleshoot). As
 * Google's, it tells nothing of a policy that the caller may not see, decides no condition on a resource that the caller
 * does not describe, and does not know who is in a group.
 */
export function troubleshootV3(state: CloudState, tuple: AccessTupleV3, { principalOf, maySee }: Caller) {
  const { principal = '', fullResourceName = '', permission = '', conditionContext } = tuple;
  if (!principal || !permission) {
    const words = 'accessTuple needs principal, fullResourceName and permission.';
    throw new GoogleApiError('INVALID_ARGUMENT', words);
  }
  const resource = resourceOfFullName(state, fullResourceName);
  const described = conditionContext?.resource;
  const seen: Resource = { ...resource, name: '', type: '', service: '', ...described };
  const asked = principalOf(principal);
  const policies = state.authorizer.policiesOf(resource);
  const explanations = state.authorizer.explain(asked, permission, seen);
  const decision = state.authorizer.decide(asked, permission, resource);
  const isDenied = !decision.granted && decision.deniedBy !== undefined;
  const deny = policies.every(maySee) ? (isDenied ? 'DENIED' : 'NOT_DENIED') : 'UNKNOWN_INFO';
  const explainedPolicies = policies.map((policy) => {
    const name = fullNameOfPolicy(policy);
    if (!maySee(policy)) return hidden(name);
    const bindings = explanations
      .filter((explanation) => explanation.policy === policy)
      .map((explanation) => bindingBody(explanation, described !== undefined));
    return {
      allowAccessState: combined(bindings.map(({ state: own }) => own)),
      fullResourceName: name,
      policy: policyBody(state.authorizer.policy(policy)),
      bindingExplanations: bindings.map(({ body }) => body),
    };
  });
  const allow = combined(explainedPolicies.map(({ allowAccessState }) => allowAccessState));
  return {
    overallAccessState:
      deny === 'DENIED'
        ? 'CANNOT_ACCESS'
        : OVERALL[deny === 'UNKNOWN_INFO' && allow === 'GRANTED' ? deny : allow],
    accessTuple: tuple,
    allowPolicyExplanation: {
      allowAccessState: `ALLOW_ACCESS_STATE_${allow}`,
      explainedPolicies: explainedPolicies.map((policy) => ({
        ...policy,
        allowAccessState: `ALLOW_ACCESS_STATE_${policy.allowAccessState}`,
      })),
    },
    denyPolicyExplanation: { denyAccessState: `DENY_ACCESS_STATE_${deny}`, permissionDeniable: true },
  };
}

const OVERALL: Readonly<Record<AllowState, string>> = {
  GRANTED: 'CAN_ACCESS',
  NOT_GRANTED: 'CANNOT_ACCESS',
  UNKNOWN_CONDITIONAL: 'UNKNOWN_CONDITIONAL',
  UNKNOWN_INFO: 'UNKNOWN_INFO',
};

const hidden = (fullResourceName: string) => ({
  allowAccessState: 'UNKNOWN_INFO' as const,
  fullResourceName,
});

/** One grant is enough; without one, all that is not known counts. */
function combined(states: readonly AllowState[]): AllowState {
  const order: readonly AllowState[] = ['GRANTED', 'UNKNOWN_INFO', 'UNKNOWN_CONDITIONAL'];
  return order.find((state) => states.includes(state)) ?? 'NOT_GRANTED';
}

function bindingBody(explanation: BindingExplanation, isDescribed: boolean) {
  const { binding, roleIncludesPermission, includesPrincipal, conditionHolds } = explanation;
  const { role, members, condition } = binding;
  const isGroup = (member: string) => member.startsWith('group:');
  const membershipOf = (member: string) => {
    if (isGroup(member)) return 'MEMBERSHIP_UNKNOWN_INFO';
    return includesPrincipal ? 'MEMBERSHIP_MATCHED' : 'MEMBERSHIP_NOT_MATCHED';
  };
  const isMember = includesPrincipal && !members.every(isGroup);
  const memberships = members.map((member) => [member, { membership: membershipOf(member) }] as const);
  const combinedMembership = isMember
    ? 'MEMBERSHIP_MATCHED'
    : members.some(isGroup)
      ? 'MEMBERSHIP_UNKNOWN_INFO'
      : 'MEMBERSHIP_NOT_MATCHED';
  let state: AllowState = 'NOT_GRANTED';
  if (roleIncludesPermission && combinedMembership !== 'MEMBERSHIP_NOT_MATCHED') {
    const holds = !condition || (isDescribed && conditionHolds);
    if (condition && !isDescribed) state = 'UNKNOWN_CONDITIONAL';
    else if (holds) state = isMember ? 'GRANTED' : 'UNKNOWN_INFO';
  }
  return {
    state,
    body: {
      allowAccessState: `ALLOW_ACCESS_STATE_${state}`,
      role,
      rolePermission: roleIncludesPermission ? 'ROLE_PERMISSION_INCLUDED' : 'ROLE_PERMISSION_NOT_INCLUDED',
      memberships: Object.fromEntries(memberships),
      combinedMembership: { membership: combinedMembership },
      ...(condition && {
        condition,
        ...(isDescribed && { conditionExplanation: { value: conditionHolds } }),
      }),
    },
  };
}

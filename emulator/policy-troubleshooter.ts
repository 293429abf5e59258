import type { FastifyInstance } from 'fastify';
import { GoogleApiError } from './http/errors.ts';
import type { BindingExplanation } from './iam/authorizer.ts';
import { fullNameOfPolicy, resourceOfFullName } from './iam/full-names.ts';
import { policyBody } from './iam/policy.ts';
import type { ServiceAccounts } from './iam/service-accounts.ts';
import { type CloudState, projectResource, requirePermission } from './state.ts';

/** google.cloud.policytroubleshooter.v1.AccessTuple; the principal is an email address, or a member with its kind. */
interface AccessTuple {
  readonly principal?: string;
  readonly fullResourceName?: string;
  readonly permission?: string;
}

/**
 * Policy Troubleshooter v1: why may, or may not, this principal do this
 * (https://cloud.google.com/policy-intelligence/docs/reference/policytroubleshooter/rest/v1/iam/troubleshoot).
 */
export function policyTroubleshooterApi(state: CloudState, accounts: ServiceAccounts) {
  return async (app: FastifyInstance) => {
    app.post<{ Body: { accessTuple?: AccessTuple } | undefined }>(
      '/policytroubleshooter/v1/iam::troubleshoot',
      { config: { changesNothing: true } },
      async (request) => {
        const project = projectResource(state.project.projectId);
        requirePermission(state, request, 'resourcemanager.projects.getIamPolicy', project);
        return troubleshoot(request.body?.accessTuple ?? {});
      },
    );
  };

  function troubleshoot({ principal = '', fullResourceName = '', permission = '' }: AccessTuple) {
    if (!principal || !permission) {
      throw new GoogleApiError(
        'INVALID_ARGUMENT',
        'accessTuple needs principal, fullResourceName and permission.',
      );
    }
    const resource = resourceOfFullName(state, fullResourceName);
    const asked = accounts.principalOf(memberOf(principal));
    const explanations = state.authorizer.explain(asked, permission, resource);
    const explainedPolicies = resource.policies.map((policy) => {
      const ofPolicy = explanations.filter((explanation) => explanation.policy === policy);
      return {
        access: accessOf(ofPolicy),
        fullResourceName: fullNameOfPolicy(policy),
        policy: policyBody(state.authorizer.policy(policy)),
        bindingExplanations: ofPolicy.map(bindingBody),
      };
    });
    return { access: accessOf(explanations), explainedPolicies };
  }
}

function memberOf(principal: string): string {
  if (principal.includes(':')) return principal;
  return `${principal.endsWith('.gserviceaccount.com') ? 'serviceAccount' : 'user'}:${principal}`;
}

function grants({ roleIncludesPermission, includesPrincipal, conditionHolds }: BindingExplanation): boolean {
  return roleIncludesPermission && includesPrincipal && conditionHolds;
}

function accessOf(explanations: readonly BindingExplanation[]): 'GRANTED' | 'NOT_GRANTED' {
  return explanations.some(grants) ? 'GRANTED' : 'NOT_GRANTED';
}

function bindingBody(explanation: BindingExplanation) {
  const { binding, roleIncludesPermission, includesPrincipal, conditionHolds } = explanation;
  return {
    access: grants(explanation) ? 'GRANTED' : 'NOT_GRANTED',
    role: binding.role,
    rolePermission: roleIncludesPermission ? 'ROLE_PERMISSION_INCLUDED' : 'ROLE_PERMISSION_NOT_INCLUDED',
    memberships: Object.fromEntries(
      binding.members.map((member) => [
        member,
        { membership: includesPrincipal ? 'MEMBERSHIP_INCLUDED' : 'MEMBERSHIP_NOT_INCLUDED' },
      ]),
    ),
    // Google leaves the outcome to the reader; here it is known.
    ...(binding.condition && { condition: binding.condition, conditionHolds }),
  };
}

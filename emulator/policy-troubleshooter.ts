import type { FastifyInstance, FastifyRequest } from 'fastify';
import { APIS } from './apis.ts';
import { GoogleApiError } from './http/errors.ts';
import { unauthenticated } from './http/server.ts';
import type { BindingExplanation } from './iam/authorizer.ts';
import { fullNameOfPolicy, resourceOfFullName } from './iam/full-names.ts';
import { policyBody } from './iam/policy.ts';
import type { ServiceAccounts } from './iam/service-accounts.ts';
import { type CloudState, requireService } from './state.ts';
import { type AccessTupleV3, troubleshootV3 } from './troubleshooter-v3.ts';

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
    app.addHook('onRequest', async () => requireService(state, APIS.policyTroubleshooter));
    app.post<{ Body: { accessTuple?: AccessTuple } | undefined }>(
      '/policytroubleshooter/v1/iam::troubleshoot',
      { config: { changesNothing: true } },
      async (request) => {
        requireCaller(request);
        return troubleshoot(request, request.body?.accessTuple ?? {});
      },
    );
    app.post<{ Body: { accessTuple?: AccessTupleV3 } | undefined }>(
      '/policytroubleshooter/v3/iam::troubleshoot',
      { config: { changesNothing: true } },
      async (request) => {
        requireCaller(request);
        return troubleshootV3(state, request.body?.accessTuple ?? {}, {
          principalOf: (email) => accounts.principalOf(memberOf(email)),
          maySee: (policy) => maySee(request, policy),
        });
      },
    );
  };

  function troubleshoot(
    request: FastifyRequest,
    { principal = '', fullResourceName = '', permission = '' }: AccessTuple,
  ) {
    if (!principal || !permission) {
      throw new GoogleApiError(
        'INVALID_ARGUMENT',
        'accessTuple needs principal, fullResourceName and permission.',
      );
    }
    const resource = resourceOfFullName(state, fullResourceName);
    const asked = accounts.principalOf(memberOf(principal));
    const explanations = state.authorizer.explain(asked, permission, resource);
    const explainedPolicies = state.authorizer.policiesOf(resource).map((policy) => {
      // What the caller may not see, it is not told.
      if (!maySee(request, policy)) return { access: 'UNKNOWN_INFO_DENIED' as const };
      const ofPolicy = explanations.filter((explanation) => explanation.policy === policy);
      return {
        access: accessOf(ofPolicy.map(accessBy)),
        fullResourceName: fullNameOfPolicy(policy),
        policy: policyBody(state.authorizer.policy(policy)),
        bindingExplanations: ofPolicy.map(bindingBody),
      };
    });
    return { access: accessOf(explainedPolicies.map(({ access }) => access)), explainedPolicies };
  }

  function maySee(request: FastifyRequest, policy: string): boolean {
    const kind = KINDS.find(([pattern]) => pattern.test(policy));
    const policies = state.authorizer.policiesOf({
      name: policy,
      type: '',
      service: '',
      policies: /^(projects|organizations)\/[^/]+$/.test(policy)
        ? [policy]
        : [...parentsOf(policy), `projects/${state.project.projectId}`],
    });
    const [type = ''] = kind?.[1].split('.') ?? [];
    const resource = { name: policy, type, service: `${type}.googleapis.com`, policies };
    return state.authorizer.decide(request.principal, `${kind?.[1]}.getIamPolicy`, resource).granted;
  }
}

function requireCaller({ principal }: FastifyRequest): void {
  if (principal.member !== undefined) return;
  throw unauthenticated('Request is missing required authentication credential.', 'CREDENTIALS_MISSING');
}

/** What the permission to read a policy begins with, by the policy's name. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^projects\/_\/buckets\/[^/]+\/objects\//, 'storage.objects'],
  [/^projects\/_\/buckets\//, 'storage.buckets'],
  [/\/cryptoKeys\//, 'cloudkms.cryptoKeys'],
  [/\/keyRings\//, 'cloudkms.keyRings'],
  [/\/serviceAccounts\//, 'iam.serviceAccounts'],
  [/\/repositories\//, 'artifactregistry.repositories'],
  [/\/services\//, 'run.services'],
  [/\/secrets\//, 'secretmanager.secrets'],
  [/^organizations\//, 'resourcemanager.organizations'],
  [/^projects\//, 'resourcemanager.projects'],
];

/** A resource's own policy and those of what it is in, below the project. */
function parentsOf(policy: string): string[] {
  const [ring] = /^.*\/keyRings\/[^/]+(?=\/)/.exec(policy) ?? [];
  const [bucket] = /^projects\/_\/buckets\/[^/]+(?=\/)/.exec(policy) ?? [];
  return [policy, ...[ring, bucket].filter((name) => name !== undefined)];
}

function memberOf(principal: string): string {
  if (principal.includes(':')) return principal;
  return `${principal.endsWith('.gserviceaccount.com') ? 'serviceAccount' : 'user'}:${principal}`;
}

/** google.cloud.policytroubleshooter.v1.AccessState. */
type Access = 'GRANTED' | 'NOT_GRANTED' | 'UNKNOWN_CONDITIONAL' | 'UNKNOWN_INFO_DENIED';

/** Whether a condition holds, Google leaves to the reader. */
function accessBy({ roleIncludesPermission, includesPrincipal, binding }: BindingExplanation): Access {
  if (!roleIncludesPermission || !includesPrincipal) return 'NOT_GRANTED';
  return binding.condition ? 'UNKNOWN_CONDITIONAL' : 'GRANTED';
}

/** What several come to: one that grants is enough; what is unknown might. */
function accessOf(several: readonly Access[]): Access {
  const order = ['GRANTED', 'UNKNOWN_CONDITIONAL', 'UNKNOWN_INFO_DENIED'] as const;
  return order.find((access) => several.includes(access)) ?? 'NOT_GRANTED';
}

function bindingBody(explanation: BindingExplanation) {
  const { binding, roleIncludesPermission, includesPrincipal } = explanation;
  return {
    access: accessBy(explanation),
    role: binding.role,
    rolePermission: roleIncludesPermission ? 'ROLE_PERMISSION_INCLUDED' : 'ROLE_PERMISSION_NOT_INCLUDED',
    memberships: Object.fromEntries(
      binding.members.map((member) => [
        member,
        { membership: includesPrincipal ? 'MEMBERSHIP_INCLUDED' : 'MEMBERSHIP_NOT_INCLUDED' },
      ]),
    ),
    ...(binding.condition && { condition: binding.condition }),
  };
}

import { callGoogle } from '@cloud-run-identity/secrets';
import { evaluate } from '@marcbachmann/cel-js';
import { endpointOf } from '../google/environment.ts';
import { onProject } from './cloud-apis.ts';
import { type Deployment, memberOf } from './deployment.ts';
import { describedResource } from './resource-types.ts';

interface Condition {
  readonly expression: string;
}

/** google.iam.v1.Binding. */
export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: Condition;
}

/** google.cloud.policytroubleshooter.iam.v3.AllowBindingExplanation, as far as it counts. */
interface BindingExplanation {
  readonly allowAccessState: string;
  readonly role: string;
  readonly rolePermission?: string;
  readonly combinedMembership?: { readonly membership: string };
  readonly memberships?: Readonly<Record<string, { readonly membership: string }>>;
  readonly condition?: Condition;
}

interface ExplainedPolicy {
  readonly allowAccessState: string;
  readonly fullResourceName: string;
  readonly policy?: { readonly bindings?: readonly Binding[] };
  readonly bindingExplanations?: readonly BindingExplanation[];
}

interface Answer {
  readonly overallAccessState?: string;
  readonly allowPolicyExplanation?: {
    readonly allowAccessState?: string;
    readonly explainedPolicies?: readonly ExplainedPolicy[];
  };
  readonly denyPolicyExplanation?: { readonly denyAccessState?: string };
  /** Of principal access boundary policies, which only v3beta explains. */
  readonly pabPolicyExplanation?: { readonly principalAccessBoundaryAccessState?: string };
}

/** Whether a principal may do something, and the bindings that have to do with it. */
export interface Access {
  /** Undefined where Google does not tell. */
  readonly isGranted: boolean | undefined;
  /** What Google leaves open, in words; one entry each. */
  readonly open: readonly string[];
  /** Role and full resource name of what grants it. */
  readonly by: string | undefined;
  /** Bindings of the policies that apply, as they were written last, of members that are or were the principal. */
  readonly bindings: readonly Binding[];
}

/**
 * Asks Policy Troubleshooter whether the service's identity has a permission on a resource
 * (https://cloud.google.com/policy-intelligence/docs/reference/policytroubleshooter/rest/v3/iam/troubleshoot), with the
 * resource described, so that it decides conditions. What is unknown in any part of its answer is unknown here.
 *
 * @param resource full resource name, such as `//storage.googleapis.com/projects/_/buckets/B`
 * @throws SecretError
 */
export async function accessOf(
  deployment: Deployment,
  permission: string,
  resource: string,
): Promise<Access> {
  const { declared, clients, environment } = deployment;
  const { projectId, identity } = declared;
  const call = onProject(
    projectId,
    resource,
    'resourcemanager.projects.getIamPolicy',
    'iam.securityReviewer',
    'policytroubleshooter.googleapis.com',
  );
  const conditionContext = {
    resource: describedResource(resource),
    request: { receiveTime: new Date().toISOString() },
  };
  const accessTuple = { principal: identity, fullResourceName: resource, permission, conditionContext };
  const answer = await callGoogle(call, clients.callerEmail, () =>
    clients.request<Answer>({
      url: `${endpointOf(environment, 'policytroubleshooter')}/v3/iam:troubleshoot`,
      method: 'POST',
      body: { accessTuple },
    }),
  );
  const policies = answer.allowPolicyExplanation?.explainedPolicies ?? [];
  const granting = policies
    .flatMap(({ fullResourceName, bindingExplanations = [] }) =>
      bindingExplanations.map((explanation) => ({ fullResourceName, explanation })),
    )
    .find(({ explanation }) => explanation.allowAccessState === 'ALLOW_ACCESS_STATE_GRANTED');
  const bindings = policies
    .flatMap(({ policy }) => policy?.bindings ?? [])
    .filter(({ members }) => members.some((member) => isOrWas(member, memberOf(deployment))));
  return {
    ...decided(answer, policies),
    by: granting && `${granting.explanation.role} on ${granting.fullResourceName}`,
    bindings,
  };
}

/** What all parts of the answer say together; a denial by a deny policy decides alone, a grant never does. */
function decided(answer: Answer, policies: readonly ExplainedPolicy[]): Pick<Access, 'isGranted' | 'open'> {
  const { overallAccessState: overall, allowPolicyExplanation: allow } = answer;
  const deny = answer.denyPolicyExplanation?.denyAccessState;
  const boundary = answer.pabPolicyExplanation?.principalAccessBoundaryAccessState;
  if (deny === 'DENY_ACCESS_STATE_DENIED' || boundary === 'PAB_ACCESS_STATE_NOT_ALLOWED') {
    return { isGranted: false, open: [] };
  }
  const openAllows = policies.flatMap(openOfPolicy);
  if (allow?.allowAccessState === 'ALLOW_ACCESS_STATE_GRANTED') {
    const open = [
      ...(deny === 'DENY_ACCESS_STATE_NOT_DENIED' ? [] : ['the deny policies']),
      ...(boundary === undefined || /_(?:ALLOWED|NOT_ENFORCED)$/.test(boundary)
        ? []
        : ['the principal access boundary policies']),
    ];
    if (open.length === 0 && overall === 'CAN_ACCESS') return { isGranted: true, open };
    return { isGranted: undefined, open: open.length > 0 ? open : ['the outcome of all policies'] };
  }
  const isKnown = allow?.allowAccessState === 'ALLOW_ACCESS_STATE_NOT_GRANTED' && policies.length > 0;
  if (isKnown && openAllows.length === 0) return { isGranted: false, open: [] };
  return { isGranted: undefined, open: openAllows.length > 0 ? openAllows : ['every policy above'] };
}

function openOfPolicy(policy: ExplainedPolicy): string[] {
  const { allowAccessState: state, fullResourceName, bindingExplanations = [] } = policy;
  const name = fullResourceName || 'a folder or the organization';
  const bindings = bindingExplanations.flatMap((binding) => openOfBinding(binding, name));
  if (bindings.length > 0) return bindings;
  const isKnown = /_STATE_(?:NOT_)?GRANTED$/.test(state);
  return isKnown ? [] : [`the policy of ${name}`];
}

/** Of a binding with the permission: whether the identity is a member, and what its condition asks of tags. */
function openOfBinding(binding: BindingExplanation, name: string): string[] {
  const { allowAccessState: state, role, rolePermission, combinedMembership, memberships = {} } = binding;
  if (rolePermission === 'ROLE_PERMISSION_NOT_INCLUDED') return [];
  const own = combinedMembership?.membership;
  if (own === 'MEMBERSHIP_NOT_MATCHED') return [];
  const unseen = Object.entries(memberships)
    .filter(([, { membership }]) => membership.startsWith('MEMBERSHIP_UNKNOWN'))
    .map(([member]) => member);
  const asks = binding.condition?.expression ?? '';
  // Nobody describes the tags of a resource to Google here, which therefore takes it for one without.
  if (/\.(?:matchTag|matchTagId|hasTagKey|hasTagKeyId)\(/.test(asks)) {
    return [`whether the tags fit that the condition of ${role} on ${name} asks for`];
  }
  if (state === 'ALLOW_ACCESS_STATE_NOT_GRANTED' || state === 'ALLOW_ACCESS_STATE_GRANTED') return [];
  if (own !== 'MEMBERSHIP_MATCHED' && unseen.length > 0) return [`who is in ${unseen.join(', ')}`];
  if (rolePermission !== 'ROLE_PERMISSION_INCLUDED') return [`what ${role} on ${name} allows`];
  return [`whether the condition of ${role} on ${name} holds`];
}

/** Whether a condition holds for a resource, as far as its name, type and service decide. */
export function holdsFor({ expression }: Condition, resource: string): boolean {
  try {
    return evaluate(expression, { resource: describedResource(resource) }) === true;
  } catch {
    return false;
  }
}

/** A service account that was deleted stays in policies as `deleted:serviceAccount:EMAIL?uid=…`. */
function isOrWas(member: string, principal: string): boolean {
  return member === principal || member.startsWith(`deleted:${principal}?`);
}

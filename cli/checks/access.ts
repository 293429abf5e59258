import { callGoogle } from '@cloud-run-identity/secrets';
import { evaluate } from '@marcbachmann/cel-js';
import { endpointOf } from '../google/environment.ts';
import { onProject } from './cloud-apis.ts';
import { type Deployment, memberOf } from './deployment.ts';

interface Condition {
  readonly expression: string;
}

/** google.iam.v1.Binding. */
export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: Condition;
}

interface BindingExplanation {
  readonly access: string;
  readonly role: string;
  readonly rolePermission: string;
  readonly memberships: Readonly<Record<string, { readonly membership: string }>>;
  readonly condition?: Condition;
}

interface Answer {
  readonly access: string;
  readonly explainedPolicies?: readonly {
    readonly fullResourceName: string;
    readonly policy?: { readonly bindings?: readonly Binding[] };
    readonly bindingExplanations?: readonly BindingExplanation[];
  }[];
}

/** Whether a principal may do something, and the bindings that have to do with it. */
export interface Access {
  readonly isGranted: boolean;
  /** Role and full resource name of what grants it. */
  readonly by: string | undefined;
  /** Bindings of the policies that apply, as they were written last, of members that are or were the principal. */
  readonly bindings: readonly Binding[];
}

/**
 * Asks Policy Troubleshooter whether the service's identity has a permission on a resource
 * (https://cloud.google.com/policy-intelligence/docs/reference/policytroubleshooter/rest/v1/iam/troubleshoot). What it
 * leaves open because of a condition on the resource's name is decided here.
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
  const answer = await callGoogle(call, clients.callerEmail, () =>
    clients.request<Answer>({
      url: `${endpointOf(environment, 'policytroubleshooter')}/v1/iam:troubleshoot`,
      method: 'POST',
      body: { accessTuple: { principal: identity, fullResourceName: resource, permission } },
    }),
  );
  const policies = answer.explainedPolicies ?? [];
  const granting = policies
    .flatMap(({ fullResourceName, bindingExplanations = [] }) =>
      bindingExplanations.map((explanation) => ({ fullResourceName, explanation })),
    )
    .find(({ explanation }) => grants(explanation, resource));
  const bindings = policies
    .flatMap(({ policy }) => policy?.bindings ?? [])
    .filter(({ members }) => members.some((member) => isOrWas(member, memberOf(deployment))));
  return {
    isGranted: answer.access === 'GRANTED' || granting !== undefined,
    by: granting && `${granting.explanation.role} on ${granting.fullResourceName}`,
    bindings,
  };
}

/** Whether a condition on the name of a resource holds. An expression that needs more than the name does not. */
export function holdsFor({ expression }: Condition, resource: string): boolean {
  const [, , service = '', ...name] = resource.split('/');
  const type = `${service}/${name.includes('objects') ? 'Object' : 'Bucket'}`;
  try {
    return evaluate(expression, { resource: { name: name.join('/'), service, type } }) === true;
  } catch {
    return false;
  }
}

function grants(explanation: BindingExplanation, resource: string): boolean {
  const { access, rolePermission, memberships, condition } = explanation;
  if (access === 'GRANTED') return true;
  if (access !== 'UNKNOWN_CONDITIONAL' || !condition) return false;
  const isMember = Object.values(memberships).some(({ membership }) => membership === 'MEMBERSHIP_INCLUDED');
  return rolePermission === 'ROLE_PERMISSION_INCLUDED' && isMember && holdsFor(condition, resource);
}

/** A service account that was deleted stays in policies as `deleted:serviceAccount:EMAIL?uid=…`. */
function isOrWas(member: string, principal: string): boolean {
  return member === principal || member.startsWith(`deleted:${principal}?`);
}

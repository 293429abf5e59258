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
    readonly access?: string;
    readonly fullResourceName: string;
    readonly policy?: { readonly bindings?: readonly Binding[] };
    readonly bindingExplanations?: readonly BindingExplanation[];
  }[];
}

/** Whether a principal may do something, and the bindings that have to do with it. */
export interface Access {
  /** Undefined where Google does not tell, as to somebody who may not see every policy that counts. */
  readonly isGranted: boolean | undefined;
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
    isGranted: isGranted(answer, granting !== undefined, resource),
    by: granting && `${granting.explanation.role} on ${granting.fullResourceName}`,
    bindings,
  };
}

/** Google's answer, with what it leaves open because of conditions decided by the resource's name. */
function isGranted(
  { access, explainedPolicies = [] }: Answer,
  hasGranting: boolean,
  resource: string,
): boolean | undefined {
  if (access === 'GRANTED' || hasGranting) return true;
  if (access === 'NOT_GRANTED') return false;
  const isHidden = explainedPolicies.some((policy) => policy.access === 'UNKNOWN_INFO_DENIED');
  if (access !== 'UNKNOWN_CONDITIONAL' || isHidden) return undefined;
  const open = explainedPolicies
    .flatMap(({ bindingExplanations = [] }) => bindingExplanations)
    .filter((explanation) => explanation.access !== 'NOT_GRANTED');
  const isDecided = open.every(
    ({ access: own, condition }) =>
      own === 'UNKNOWN_CONDITIONAL' && condition && isDecidable(condition, resource),
  );
  return isDecided ? false : undefined;
}

/** Whether a condition on the name of a resource holds. An expression that needs more than the name does not. */
export function holdsFor(condition: Condition, resource: string): boolean {
  return valueFor(condition, resource) === true;
}

/** Whether the name alone decides a condition. */
function isDecidable(condition: Condition, resource: string): boolean {
  return valueFor(condition, resource) !== undefined;
}

/** The value of a condition for a resource; undefined for one that needs more than the name. */
function valueFor({ expression }: Condition, resource: string): unknown {
  const [, , service = '', ...name] = resource.split('/');
  const type = `${service}/${name.includes('objects') ? 'Object' : 'Bucket'}`;
  try {
    return evaluate(expression, { resource: { name: name.join('/'), service, type } });
  } catch {
    return undefined;
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

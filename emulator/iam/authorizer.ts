import { type ConditionAttributes, conditionHolds } from './condition.ts';
import type { Binding } from './policy.ts';
import { PolicyStore } from './policy-store.ts';
import type { Principal } from './principal.ts';
import { ROLES } from './roles.ts';

/** What access is asked to. */
export interface Resource {
  /** The name that conditions see as `resource.name`, e.g. `projects/_/buckets/B/objects/O`. */
  readonly name: string;
  /** `resource.type` in conditions, e.g. `storage.googleapis.com/Object`. */
  readonly type: string;
  /** `resource.service` in conditions, e.g. `storage.googleapis.com`. */
  readonly service: string;
  /** The names of the policies that apply, the resource's own first, the project's last: IAM inherits downwards. */
  readonly policies: readonly string[];
  /**
   * Whether bindings of `allUsers` and `allAuthenticatedUsers` grant nothing here (public access prevention of buckets).
   * @default false
   */
  readonly ignoresPublicMembers?: boolean;
}

/** Whether access is granted, and by which binding of which policy. */
export type Decision =
  | { readonly granted: true; readonly policy: string; readonly binding: Binding }
  | { readonly granted: false };

/** What one binding has to do with a question: access needs all three. */
export interface BindingExplanation {
  readonly policy: string;
  readonly binding: Binding;
  readonly roleIncludesPermission: boolean;
  readonly includesPrincipal: boolean;
  /** True also where there is no condition. */
  readonly conditionHolds: boolean;
}

const BASIC_ROLES: Record<string, string> = {
  projectOwner: 'roles/owner',
  projectEditor: 'roles/editor',
  projectViewer: 'roles/viewer',
};

/** The decisions that follow from the policies: principal → roles → permissions → conditions. */
export class Authorizer extends PolicyStore {
  /** Whether the principal has the permission on the resource. */
  decide(principal: Principal, permission: string, resource: Resource): Decision {
    const attributes = this.#attributes(resource);
    for (const policy of resource.policies) {
      for (const binding of this.effective(policy)?.bindings ?? []) {
        // In order of cost: a condition is evaluated only where everything else fits.
        if (!ROLES.get(binding.role)?.has(permission)) continue;
        if (!this.#isFor(binding, principal, resource) || !holds(binding, attributes)) continue;
        return { granted: true, policy, binding };
      }
    }
    return { granted: false };
  }

  /** Why the decision is what it is: every binding of every policy that applies, with what it lacks. */
  explain(principal: Principal, permission: string, resource: Resource): BindingExplanation[] {
    const attributes = this.#attributes(resource);
    return resource.policies.flatMap((policy) =>
      (this.effective(policy)?.bindings ?? []).map((binding) => ({
        policy,
        binding,
        roleIncludesPermission: ROLES.get(binding.role)?.has(permission) ?? false,
        includesPrincipal: this.#isFor(binding, principal, resource),
        conditionHolds: holds(binding, attributes),
      })),
    );
  }

  #attributes({ name, type, service }: Resource): ConditionAttributes {
    return { resource: { name, type, service }, request: { time: this.now() } };
  }

  #isFor(binding: Binding, principal: Principal, { ignoresPublicMembers = false }: Resource): boolean {
    return binding.members.some(
      (member) => !(ignoresPublicMembers && isPublic(member)) && this.#includes(member, principal),
    );
  }

  #includes(member: string, principal: Principal): boolean {
    if (member === 'allUsers') return true;
    if (principal.member === undefined) return false;
    if (member === principal.member || member === 'allAuthenticatedUsers') return true;
    const [kind = '', projectId] = member.split(':');
    const basicRole = BASIC_ROLES[kind];
    if (!basicRole) return false;
    const bindings = this.effective(`projects/${projectId}`)?.bindings ?? [];
    return bindings.some(
      (binding) => binding.role === basicRole && binding.members.includes(principal.member ?? ''),
    );
  }
}

function holds({ condition }: Binding, attributes: ConditionAttributes): boolean {
  return condition === undefined || conditionHolds(condition.expression, attributes);
}

function isPublic(member: string): boolean {
  return member === 'allUsers' || member === 'allAuthenticatedUsers';
}
